"""Campaigns and products a page at a time: a long list can be read on where it was broken off."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from amc.api.ads import (
    ALL_STATES,
    DSP_PAGE,
    SB,
    SB_PAGE,
    SD_PAGE,
    SP,
    SP_PAGE,
    DspApi,
    ProfileApi,
)
from amc.api.answers import Answer
from amc.api.base import items_of, next_token
from amc.api.products import PRODUCTS, PRODUCTS_BACK, list_of
from amc.api.retry import Effect
from amc.api.wire import Campaign, Product, Wire
from amc.errors import UsageError

# The unified look-up takes 5000 at once; a page is also one transaction of ours.
_UNIFIED_PAGE, _PRODUCT_PAGE = 500, 300
_BY_TOKEN: dict[str, tuple[str, str, str, int]] = {
    "sponsored_products": ("campaigns.list_sp", "/sp/campaigns/list", SP, SP_PAGE),
    "sponsored_brands": ("campaigns.list_sb", "/sb/v4/campaigns/list", SB, SB_PAGE),
    "sponsored_television": ("campaigns.query", "/adsApi/v1/query/campaigns", "", _UNIFIED_PAGE),
}
PROFILE_LISTS = ("sponsored_products", "sponsored_brands", "sponsored_display")

W = TypeVar("W", bound=Wire)


@dataclass(frozen=True, slots=True)
class NamePage(Generic[W]):
    """Items, and where the next page begins; `cursor` is empty at the end."""

    items: list[W]
    cursor: str


class ProfileNames(ProfileApi):
    """The lists of one profile, a page at a time."""

    def campaign_page(self, ad_product: str, cursor: str = "") -> NamePage[Campaign]:
        """A page of the campaigns of one ad product, archived ones too.

        Args:
            ad_product: sponsored_products, sponsored_brands, sponsored_display or
                sponsored_television (of the unified API).
            cursor: of the page before; empty for the first.

        Raises:
            UsageError: another ad product.
            ApiError: see `amc.errors`.
        """
        if ad_product == "sponsored_display":
            return self._sd_page(cursor)
        if ad_product not in _BY_TOKEN:
            raise UsageError(f"There is no campaign list of '{ad_product}'.")
        action, template, media, size = _BY_TOKEN[ad_product]
        body: dict[str, Any] = {"maxResults": size}
        if media:
            body["stateFilter"] = {"include": list(ALL_STATES)}
        else:
            body["adProductFilter"] = {"include": [ad_product.upper()]}
        answer = self._send(
            action,
            "POST",
            template,
            body=body | ({"nextToken": cursor} if cursor else {}),
            effect=Effect.READ,
            media=media,
            accept=media,
        )
        return _token_page(answer)

    def _sd_page(self, cursor: str) -> NamePage[Campaign]:
        start = int(cursor or 0)
        answer = self._send(
            "campaigns.list_sd",
            "GET",
            "/sd/campaigns",
            query={"startIndex": str(start), "count": str(SD_PAGE)},
        )
        raw = list_of(answer, "")
        items = [Campaign.read(item, request_id=answer.request_id) for item in raw]
        return NamePage(items, str(start + SD_PAGE) if len(items) == SD_PAGE else "")

    def product_page(self, cursor: str = "") -> NamePage[Product]:
        """`POST /product/metadata`: a page of all products that the profile may advertise.

        Args:
            cursor: of the page before; empty for the first.

        Raises:
            ApiError: see `amc.errors`.
        """
        number, _, token = cursor.partition(":")
        index = int(number or 0)
        body: dict[str, Any] = {"pageIndex": index, "pageSize": _PRODUCT_PAGE, "adType": "SP"}
        answer = self._send(
            "products.page",
            "POST",
            "/product/metadata",
            body=body | ({"cursorToken": token} if token else {}),
            effect=Effect.READ,
            media=PRODUCTS,
            accept=PRODUCTS_BACK,
        )
        raw = list_of(answer, "ProductMetadataList")
        items = [Product.read(item, request_id=answer.request_id) for item in raw]
        following = answer.object().get("cursorToken")
        # A token leads on. Without one only a full page can have another behind it, and only
        # where the pages are counted by their index alone.
        if following:
            return NamePage(items, f"{index + 1}:{following}")
        full = len(items) == _PRODUCT_PAGE and not token
        return NamePage(items, f"{index + 1}:" if full else "")


class AdvertiserNames(DspApi):
    """The campaigns of one DSP advertiser, a page at a time."""

    def campaign_page(self, cursor: str = "") -> NamePage[Campaign]:
        """A page of DSP campaigns, formerly orders.

        Args:
            cursor: of the page before; empty for the first.

        Raises:
            ApiError: see `amc.errors`.
        """
        answer = self._send(
            "campaigns.list_dsp",
            "POST",
            "/dsp/v1/campaigns/list",
            body={"maxResults": DSP_PAGE} | ({"nextToken": cursor} if cursor else {}),
            effect=Effect.READ,
        )
        return _token_page(answer)


def _token_page(answer: Answer) -> NamePage[Campaign]:
    items = [Campaign.read(i, request_id=answer.request_id) for i in items_of(answer, "campaigns")]
    return NamePage(items, next_token(answer) or "")
