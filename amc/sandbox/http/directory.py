"""Who is who: accounts, instances, profiles, campaigns of the world, and what was changed here."""

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import Headers

from amc.sandbox.http.facts import Account, Campaign, Facts, Profile
from amc.sandbox.http.people import User, make_users
from amc.sandbox.state import Store

__all__ = ["Account", "Campaign", "Directory", "Profile"]

Doc = dict[str, Any]
_BUDGETS = "daily_budgets"


class Directory:
    """Answers every "is there" and "may they"."""

    def __init__(self, facts: Facts, store: Store) -> None:
        """Take a world's facts; daily budgets that are changed are kept in the store."""
        self._facts, self._store = facts, store
        self._accounts = {account.entity_id: account for account in self._facts.accounts}
        self._profiles = {str(profile.profile_id): profile for profile in self._facts.profiles}
        self._users = make_users(facts.users)

    # People

    def users(self) -> list[User]:
        """Everybody who can sign in."""
        return self._users

    def user(self, user_id: str | None) -> User:
        """One of them; the first, who sees everything, for an unknown id."""
        return next((user for user in self._users if user.user_id == user_id), self._users[0])

    def may_see(self, user_id: str, account: Account) -> bool:
        """Whether a person administers an account."""
        seen = self.user(user_id).accounts
        return seen is None or (account.owner or account.entity_id) in seen

    def may_use_profile(self, user_id: str, profile: Profile) -> bool:
        """Whether a person has an advertising profile."""
        user = self.user(user_id)
        return user.has_profiles and (not user.accounts or profile.entity_id in user.accounts)

    # Accounts and profiles

    def accounts(self) -> list[Account]:
        """Every AMC account."""
        return list(self._accounts.values())

    def account(self, entity_id: str) -> Account | None:
        """One, or nothing; the entity of a sponsored-ads account stands for an instant one."""
        return self._accounts.get(entity_id) or self._facts.instant_account(entity_id)

    def profiles(self) -> list[Profile]:
        """Every advertising profile."""
        return list(self._profiles.values())

    def profile(self, profile_id: str) -> Profile | None:
        """One, or nothing."""
        return self._profiles.get(profile_id)

    def set_daily_budget(self, profile: Profile, amount: float) -> None:
        """Change a seller's daily budget."""
        kept = self._store.get(_BUDGETS) or {}
        self._store.put(_BUDGETS, kept | {str(profile.profile_id): amount})

    def profile_document(self, profile: Profile) -> Doc:
        """A profile as the wire has it."""
        doc: Doc = {
            "profileId": profile.profile_id,
            "countryCode": profile.country_code,
            "currencyCode": profile.currency_code,
            "timezone": profile.timezone,
            "accountInfo": {
                "marketplaceStringId": profile.marketplace_id,
                "id": profile.account_id,
                "type": profile.kind,
                "name": profile.name,
                "validPaymentMethod": profile.kind != "agency",
            },
        }
        if profile.kind == "seller":
            kept = self._store.get(_BUDGETS) or {}
            doc["dailyBudget"] = kept.get(str(profile.profile_id), 999999999.0)
        return doc

    def ads_accounts(self, user_id: str) -> list[Doc]:
        """Ads accounts with their alternate ids: profiles of one name belong together."""
        by_name: dict[str, list[Profile]] = {}
        for profile in self.profiles():
            if self.may_use_profile(user_id, profile) and profile.kind != "agency":
                by_name.setdefault(profile.name, []).append(profile)
        documents = []
        for number, (name, group) in enumerate(by_name.items(), 1):
            alternate: list[Doc] = []
            for profile in group:
                alternate.append(
                    {"countryCode": profile.country_code, "profileId": profile.profile_id}
                )
                if profile.kind == "vendor":
                    alternate.append(
                        {"countryCode": profile.country_code, "entityId": profile.account_id}
                    )
            documents.append(
                {
                    "adsAccountId": f"amzn1.ads-account.g.local{number:08d}",
                    "accountName": name,
                    "status": "CREATED",
                    "countryCodes": sorted({profile.country_code for profile in group}),
                    "alternateIds": alternate,
                }
            )
        return documents

    def region_of_request(self, host_region: str | None, headers: Headers) -> str:
        """The region a request counts for: of the host, else of its account or profile, else NA."""
        if host_region is not None:
            return host_region
        account = self.account(headers.get("amazon-advertising-api-advertiserid", ""))
        if account is not None:
            return account.region
        profile = self._profiles.get(headers.get("amazon-advertising-api-scope", ""))
        return profile.region if profile else "NA"

    # What is in them

    def campaigns(self, profile: Profile, ad_product: str) -> Sequence[Campaign]:
        """Campaigns of a profile in one ad product."""
        return self._facts.campaigns(profile, ad_product)

    def dsp_campaigns(self, advertiser_id: str) -> Sequence[Campaign] | None:
        """Campaigns of a DSP advertiser; None when there is no such advertiser."""
        return self._facts.dsp_campaigns(advertiser_id)

    def all_dsp_campaigns(self, profile: Profile) -> list[Campaign]:
        """Campaigns of every DSP advertiser of an agency profile."""
        found: list[Campaign] = []
        for advertiser in self.dsp_advertisers(profile):
            found.extend(self._facts.dsp_campaigns(advertiser["advertiserId"]) or ())
        return found

    def dsp_advertisers(self, profile: Profile) -> list[Doc]:
        """DSP advertisers of an agency profile."""
        return self._facts.dsp_advertisers(profile)

    def products(self, profile: Profile) -> list[Doc]:
        """Products of a profile's brand."""
        return self._facts.products(profile)
