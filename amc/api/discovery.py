"""What a login sees before any account is chosen: profiles, AMC accounts, ads accounts."""

from collections.abc import Sequence

from amc.api.base import PAGE_SIZE, Api, read_pages
from amc.api.caller import Caller
from amc.api.retry import Effect
from amc.api.wire import AdsAccount, AmcAccount, Profile
from amc.errors import UnreadableAnswerError

_ADS_ACCOUNTS = "application/vnd.listaccountsresource.v1+json"


class AmcApi(Api):
    """Calls that need neither account nor marketplace."""

    def __init__(self, caller: Caller) -> None:
        """Keep the caller."""
        super().__init__(caller, {})

    def list_profiles(self, *, profile_types: Sequence[str] = ()) -> list[Profile]:
        """`GET /v2/profiles`: the profiles of this region, old Attribution ones left out.

        Args:
            profile_types: of `seller`, `vendor`, `agency`; all when empty.

        Raises:
            ApiError: see `amc.errors`.
        """
        answer = self._send(
            "profiles.list",
            "GET",
            "/v2/profiles",
            query={"profileTypeFilter": ",".join(profile_types) or None},
        )
        if not isinstance(answer.data, list):
            raise UnreadableAnswerError(
                "Amazon's answer holds no list of profiles.",
                status=answer.status,
                request_id=answer.request_id,
            )
        found = [Profile.read(item, request_id=answer.request_id) for item in answer.data]
        return [profile for profile in found if not profile.is_attribution]

    def list_accounts(self) -> list[AmcAccount]:
        """`GET /amc/accounts`: the AMC accounts that the login administers.

        Raises:
            ApiError: see `amc.errors`.
        """
        return read_pages(
            AmcAccount,
            lambda token: self._send(
                "accounts.list", "GET", "/amc/accounts", query={"nextToken": token}
            ),
            key="amcAccounts",
            identity=lambda account: account.account_id,
        )

    def list_ads_accounts(self) -> list[AdsAccount]:
        """`POST /adsAccounts/list`: ads accounts with their profile and entity ids.

        Raises:
            ApiError: see `amc.errors`.
        """
        return read_pages(
            AdsAccount,
            lambda token: self._send(
                "ads_accounts.list",
                "POST",
                "/adsAccounts/list",
                body={"maxResults": PAGE_SIZE} | ({"nextToken": token} if token else {}),
                effect=Effect.READ,
                media=_ADS_ACCOUNTS,
                accept=_ADS_ACCOUNTS,
            ),
            key="adsAccounts",
            identity=lambda account: account.ads_account_id,
        )
