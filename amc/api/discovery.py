"""What a login sees before any account is chosen: profiles, AMC accounts, ads accounts."""

from collections.abc import Sequence

from amc.api.administration import check_id
from amc.api.base import PAGE_SIZE, Api, read_one, read_pages
from amc.api.caller import Caller
from amc.api.retry import Effect
from amc.api.wire import AdsAccount, AmcAccount, Profile
from amc.errors import UnreadableAnswerError
from amc.ids import ProfileId

_ADS_ACCOUNTS = "application/vnd.listaccountsresource.v1+json"


class AmcApi(Api):
    """Calls that need neither account nor marketplace."""

    def __init__(self, caller: Caller) -> None:
        """Keep the caller."""
        super().__init__(caller, {})

    def list_profiles(
        self,
        *,
        profile_types: Sequence[str] = (),
        program: str = "",
        access: str = "",
        with_valid_payment: bool | None = None,
    ) -> list[Profile]:
        """`GET /v2/profiles`: the profiles of this region, old Attribution ones left out.

        Args:
            profile_types: of `seller`, `vendor`, `agency`; all when empty.
            program: what the login may use them for (`campaign`, `billing`, `report`, …);
                Amazon's default when empty.
            access: `edit` or `view`; Amazon's default when empty.
            with_valid_payment: only those with, or without, a valid way to pay.

        Raises:
            ApiError: see `amc.errors`.
        """
        paying = None if with_valid_payment is None else str(with_valid_payment).lower()
        answer = self._send(
            "profiles.list",
            "GET",
            "/v2/profiles",
            query={
                "profileTypeFilter": ",".join(profile_types) or None,
                "apiProgram": program or None,
                "accessLevel": access or None,
                "validPaymentMethodFilter": paying,
            },
        )
        if not isinstance(answer.data, list):
            raise UnreadableAnswerError(
                "Amazon's answer holds no list of profiles.",
                status=answer.status,
                request_id=answer.request_id,
            )
        found = [Profile.read(item, request_id=answer.request_id) for item in answer.data]
        return [profile for profile in found if not profile.is_attribution]

    def get_profile(self, profile_id: ProfileId | str) -> Profile:
        """`GET /v2/profiles/{profileId}`.

        Raises:
            UsageError: it is no id of Amazon's.
            ApiError: see `amc.errors`.
        """
        path = {"profileId": check_id(profile_id, "profile id")}
        answer = self._send("profiles.get", "GET", "/v2/profiles/{profileId}", path=path)
        return read_one(Profile, answer, "profile")

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
