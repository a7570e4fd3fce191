"""Campaigns and products of one profile: names for the ids in results."""

from collections.abc import Sequence
from typing import Any, TypeVar

from amc.api.administration import check_id
from amc.api.answers import Answer
from amc.api.base import Api, read_pages
from amc.api.caller import ACCOUNT_ID, SCOPE, Caller
from amc.api.products import ProductLookups, list_of
from amc.api.retry import Effect
from amc.api.wire import Campaign, DspAdvertiser, Wire
from amc.errors import UnreadableAnswerError, UsageError
from amc.ids import ProfileId

SP = "application/vnd.spCampaign.v3+json"
SB = "application/vnd.sbcampaignresource.v4+json"
ALL_STATES = ("ENABLED", "PAUSED", "ARCHIVED")
# Most that Amazon takes at once.
SP_PAGE, SB_PAGE, SD_PAGE, DSP_PAGE, _UNIFIED_PAGE = 100, 100, 100, 100, 1000
MOST_CAMPAIGN_IDS = 1000
_MOST_PAGES = 2000

W = TypeVar("W", bound=Wire)


class ProfileApi(ProductLookups):
    """Look-ups of one profile; cannot be made without it."""

    def __init__(self, caller: Caller, profile_id: ProfileId | str) -> None:
        """Keep whose calls these are.

        Raises:
            UsageError: there is no profile id, or it is one of ours.
        """
        self.profile_id = check_id(profile_id, "profile id")
        super().__init__(caller, {SCOPE: self.profile_id})

    def list_sp_campaigns(
        self,
        *,
        campaign_ids: Sequence[str] = (),
        states: Sequence[str] = ALL_STATES,
        name: str = "",
        page_size: int | None = SP_PAGE,
    ) -> list[Campaign]:
        """`POST /sp/campaigns/list`: Sponsored Products.

        Args:
            campaign_ids: only these, at most 1000; all when empty.
            states: only these.
            name: only those whose name holds these words.
            page_size: Amazon's default when None.

        Raises:
            ApiError: see `amc.errors`.
        """
        body = _filters(campaign_ids, states) | ({"maxResults": page_size} if page_size else {})
        if name:
            body["nameFilter"] = {"queryTermMatchType": "BROAD_MATCH", "include": [name]}
        return self._campaigns("campaigns.list_sp", "/sp/campaigns/list", body, SP)

    def list_sb_campaigns(self, *, states: Sequence[str] = ALL_STATES) -> list[Campaign]:
        """`POST /sb/v4/campaigns/list`: Sponsored Brands (all: its id filter takes ten only).

        Raises:
            ApiError: see `amc.errors`.
        """
        body = _filters((), states) | {"maxResults": SB_PAGE}
        return self._campaigns("campaigns.list_sb", "/sb/v4/campaigns/list", body, SB)

    def list_st_campaigns(self, *, states: Sequence[str] = ALL_STATES) -> list[Campaign]:
        """`POST /st/campaigns/list`: Sponsored Television (beta), as Sponsored Products.

        Raises:
            ApiError: see `amc.errors`.
        """
        body = _filters((), states) | {"maxResults": SP_PAGE}
        return self._campaigns("campaigns.list_st", "/st/campaigns/list", body, "")

    def list_sd_campaigns(
        self,
        *,
        state_filter: str | None = None,
        campaign_ids: Sequence[str] = (),
        name: str = "",
    ) -> list[Campaign]:
        """`GET /sd/campaigns`: Sponsored Display; ids come as numbers and become text.

        Args:
            state_filter: Amazon's spelling, a blank after each comma; all when None.
            campaign_ids: only these; all when empty.
            name: only this name.

        Raises:
            ApiError: see `amc.errors`.
        """

        def fetch(start: int) -> Answer:
            return self._send(
                "campaigns.list_sd",
                "GET",
                "/sd/campaigns",
                query={
                    "startIndex": str(start),
                    "count": str(SD_PAGE),
                    "stateFilter": state_filter,
                    "campaignIdFilter": ",".join(campaign_ids) or None,
                    "name": name or None,
                },
            )

        return _by_index(
            Campaign, fetch, key="", size=SD_PAGE, identity=lambda item: item.campaign_id
        )

    def list_dsp_advertisers(self) -> list[DspAdvertiser]:
        """`GET /dsp/advertisers`: needs a profile of type agency.

        Raises:
            ApiError: see `amc.errors`.
        """

        def fetch(start: int) -> Answer:
            return self._send(
                "dsp_advertisers.list",
                "GET",
                "/dsp/advertisers",
                query={"startIndex": str(start), "count": str(DSP_PAGE)},
            )

        return _by_index(
            DspAdvertiser,
            fetch,
            key="response",
            size=DSP_PAGE,
            identity=lambda item: item.advertiser_id,
        )

    def list_campaigns(
        self, ad_product: str, *, campaign_ids: Sequence[str] = ()
    ) -> list[Campaign]:
        """`POST /adsApi/v1/query/campaigns`: the unified API, one ad product at a time.

        Args:
            ad_product: such as SPONSORED_PRODUCTS or AMAZON_DSP.
            campaign_ids: only these, at most 1000; all when empty.

        Raises:
            ApiError: see `amc.errors`.
        """
        body = {"adProductFilter": {"include": [ad_product]}, "maxResults": _UNIFIED_PAGE}
        body |= _filters(campaign_ids, ())
        return self._campaigns("campaigns.query", "/adsApi/v1/query/campaigns", body, "")

    def _campaigns(
        self, action: str, template: str, body: dict[str, Any], media: str
    ) -> list[Campaign]:
        return read_pages(
            Campaign,
            lambda token: self._send(
                action,
                "POST",
                template,
                body=body | ({"nextToken": token} if token else {}),
                effect=Effect.READ,
                media=media,
                accept=media,
            ),
            key="campaigns",
            identity=lambda item: item.campaign_id,
        )


class DspApi(Api):
    """Campaigns of one DSP advertiser."""

    def __init__(self, caller: Caller, advertiser_id: str) -> None:
        """Keep whose calls these are.

        Raises:
            UsageError: there is no advertiser id, or it is one of ours.
        """
        self.advertiser_id = check_id(advertiser_id, "DSP advertiser id")
        super().__init__(caller, {ACCOUNT_ID: self.advertiser_id})

    def list_campaigns(self) -> list[Campaign]:
        """`POST /dsp/v1/campaigns/list`: DSP campaigns, formerly orders.

        Raises:
            ApiError: see `amc.errors`.
        """
        return read_pages(
            Campaign,
            lambda token: self._send(
                "campaigns.list_dsp",
                "POST",
                "/dsp/v1/campaigns/list",
                body={"maxResults": DSP_PAGE} | ({"nextToken": token} if token else {}),
                effect=Effect.READ,
            ),
            key="campaigns",
            identity=lambda item: item.campaign_id,
        )


def _filters(campaign_ids: Sequence[str], states: Sequence[str]) -> dict[str, Any]:
    if len(campaign_ids) > MOST_CAMPAIGN_IDS:
        raise UsageError(f"At most {MOST_CAMPAIGN_IDS} campaigns can be asked for at once.")
    body: dict[str, Any] = {}
    if campaign_ids:
        body["campaignIdFilter"] = {"include": list(campaign_ids)}
    if states:
        body["stateFilter"] = {"include": list(states)}
    return body


def _by_index(model: type[W], fetch: Any, *, key: str, size: int, identity: Any) -> list[W]:
    """All items of a list that is paged by a start index; each once."""
    found: dict[object, W] = {}
    for number in range(_MOST_PAGES):
        answer = fetch(number * size)
        page = [model.read(item, request_id=answer.request_id) for item in list_of(answer, key)]
        known = len(found)
        for item in page:
            found.setdefault(identity(item), item)
        # A short page is the last; one without anything new means the index is not obeyed.
        if len(page) < size or len(found) == known:
            return list(found.values())
    raise UnreadableAnswerError("Amazon's list does not come to an end.")
