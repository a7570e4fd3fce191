"""Who is who: accounts, instances, profiles, campaigns of the world, and what was changed here."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.datastructures import Headers

from amc.clock import Clock
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.facts import Account, Campaign, Facts, Profile
from amc.sandbox.http.people import User, make_users
from amc.sandbox.runner.faults import FaultBox
from amc.sandbox.runner.options import Options
from amc.sandbox.state import InstanceStore

__all__ = ["Account", "Campaign", "Directory", "Profile"]

Doc = dict[str, Any]
_IDEMPOTENT_FOR = timedelta(minutes=10)
_ENDPOINT = "https://advertising-api.amazon.com"


class Directory:
    """Answers every "is there" and "may they"; faults that make an instance go away included."""

    def __init__(
        self,
        facts: Facts,
        store: InstanceStore,
        clock: Clock,
        faults: FaultBox,
        options: Options,
    ) -> None:
        """Take a world's facts."""
        self.store = store
        self._clock, self._faults, self._options = clock, faults, options
        self._facts = facts
        self._accounts = {account.entity_id: account for account in self._facts.accounts}
        self._profiles = {str(profile.profile_id): profile for profile in self._facts.profiles}
        self._users = make_users(facts.users)
        self._budgets: dict[int, float] = {}

    # People

    def users(self) -> list[User]:
        """Everybody who can sign in."""
        return self._users

    def user(self, user_id: str | None) -> User:
        """One of them; the first, who sees everything, for an unknown id."""
        return next((user for user in self._users if user.user_id == user_id), self._users[0])

    def may_see(self, user_id: str, entity_id: str) -> bool:
        """Whether a person administers an AMC account."""
        seen = self.user(user_id).accounts
        return seen is None or entity_id in seen

    def may_use_profile(self, user_id: str, profile: Profile) -> bool:
        """Whether a person has an advertising profile."""
        user = self.user(user_id)
        return user.has_profiles and (not user.accounts or profile.entity_id in user.accounts)

    # Accounts and profiles

    def accounts(self) -> list[Account]:
        """Every AMC account."""
        return list(self._accounts.values())

    def account(self, entity_id: str) -> Account | None:
        """One, or nothing."""
        return self._accounts.get(entity_id)

    def profiles(self) -> list[Profile]:
        """Every advertising profile."""
        return list(self._profiles.values())

    def profile(self, profile_id: str) -> Profile | None:
        """One, or nothing."""
        return self._profiles.get(profile_id)

    def set_daily_budget(self, profile: Profile, amount: float) -> None:
        """Change a seller's daily budget until the server ends."""
        self._budgets[profile.profile_id] = amount

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
            doc["dailyBudget"] = self._budgets.get(profile.profile_id, 999999999.0)
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
        account = self._accounts.get(headers.get("amazon-advertising-api-advertiserid", ""))
        if account is not None:
            return account.region
        profile = self._profiles.get(headers.get("amazon-advertising-api-scope", ""))
        return profile.region if profile else "NA"

    # Instances

    def instances(self, entity_id: str) -> list[Doc]:
        """Documents of the instances of an account, the world's first."""
        changed = self.store.changed()
        found = [
            self._now(changed.get(fact.instance_id, (entity_id, False, fact.document()))[2])
            for fact in self._facts.instances
            if fact.entity_id == entity_id
            and not changed.get(fact.instance_id, (entity_id, False, {}))[1]
        ]
        known = {fact.instance_id for fact in self._facts.instances}
        found += [
            self._now(doc)
            for instance_id, (owner, deleted, doc) in changed.items()
            if owner == entity_id and not deleted and instance_id not in known
        ]
        return [doc for doc in found if not self._is_gone(doc["instanceId"])]

    def instance(self, instance_id: str) -> Doc | None:
        """The document of an instance, or nothing."""
        changed = self.store.change_of(instance_id)
        if changed is not None:
            _, deleted, doc = changed
            found = None if deleted else self._now(doc)
        else:
            fact = self._facts.instance(instance_id)
            found = fact.document() if fact else None
        return None if found is None or self._is_gone(instance_id) else found

    def entity_of(self, instance_id: str) -> str | None:
        """The account of an instance, deleted or not."""
        fact = self._facts.instance(instance_id)
        if fact is not None:
            return fact.entity_id
        found = self.store.change_of(instance_id)
        return found[0] if found else None

    def is_sandbox(self, instance_id: str) -> bool:
        """Whether an instance is of type SANDBOX."""
        fact = self._facts.instance(instance_id)
        return fact is not None and fact.kind == "SANDBOX"

    def create_instance(self, account: Account, body: Doc) -> Doc:
        """Begin to make an instance.

        Raises:
            WireError: the name is taken in the account.
        """
        now, token = self._clock.now(), body.get("idempotencyToken")
        for _owner, _deleted, doc in self.store.changed().values():
            made = doc.get("_madeAt")
            fresh = made and now - datetime.fromisoformat(made) < _IDEMPOTENT_FOR
            if token and fresh and doc.get("_token") == token:
                return self._now(doc)
        if any(doc["instanceName"] == body["instanceName"]
               for doc in self.instances(account.entity_id)):  # fmt: skip
            raise WireError(400, f"Instance with name {body['instanceName']} already exists.")
        doc = {
            "instanceId": "amc" + "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz")
                                          for _ in range(8)),
            "instanceName": body["instanceName"],
            "instanceType": "STANDARD",
            "customerCanonicalName": body.get("advertiserName"),
            "creationStatus": "REQUESTED",
            "creationDatetime": None,
            "s3BucketName": body.get("s3BucketName", ""),
            "awsAccountId": body.get("awsAccountId", ""),
            "entities": [account.region],
            "dataUploadAwsAccountId": "444455556666",
            "apiEndpoint": None,
            "acrCollaboration": None,
            "optionalDatasets": [],
            "advertiserTypes": [],
            "_madeAt": now.isoformat(),
            "_token": token,
        }  # fmt: skip
        self.store.save(account.entity_id, doc["instanceId"], doc)
        return self._now(doc)

    def change_instance(self, instance_id: str, change: Doc) -> Doc:
        """Change a completed instance.

        Raises:
            WireError: its creation is not complete.
        """
        doc, entity_id = self._completed(instance_id)
        names = {"advertiserName": "customerCanonicalName"}
        doc |= {names.get(key, key): value for key, value in change.items()}
        self.store.save(entity_id, instance_id, doc)
        return self._now(doc)

    def delete_instance(self, instance_id: str) -> None:
        """Delete a completed instance.

        Raises:
            WireError: its creation is not complete.
        """
        doc, entity_id = self._completed(instance_id)
        self.store.save(entity_id, instance_id, doc, deleted=True)

    def _completed(self, instance_id: str) -> tuple[Doc, str]:
        doc, entity_id = self.instance(instance_id), self.entity_of(instance_id)
        if doc is None or entity_id is None or doc["creationStatus"] != "COMPLETED":
            raise WireError(400, f"Instance {instance_id} is not in status COMPLETED.")
        return doc, entity_id

    def _is_gone(self, instance_id: str) -> bool:
        return self._faults.standing("instance_gone", instance=instance_id) is not None

    def _now(self, doc: Doc) -> Doc:
        """A document as it stands: an instance in the making gets on with the clock."""
        shown = {key: value for key, value in doc.items() if not key.startswith("_")}
        if "_madeAt" not in doc:
            return shown
        made = datetime.fromisoformat(doc["_madeAt"])
        age = (self._clock.now() - made).total_seconds()
        span = self._options.provisioning_s
        if age >= span:
            done = made + timedelta(seconds=span)
            shown["creationStatus"] = "COMPLETED"
            shown["creationDatetime"] = done.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            shown["apiEndpoint"] = _ENDPOINT
        elif age >= span / 2:
            shown["creationStatus"] = "IN_PROGRESS"
        return shown

    # What is in them

    def advertisers(self, instance_id: str) -> list[Doc]:
        """The world's advertisers of an instance; none of one made here."""
        fact = self._facts.instance(instance_id)
        return fact.advertiser_documents() if fact else []

    def campaigns(self, profile: Profile, ad_product: str) -> Sequence[Campaign]:
        """Campaigns of a profile in one ad product."""
        return self._facts.campaigns(profile, ad_product)

    def dsp_campaigns(self, advertiser_id: str) -> Sequence[Campaign] | None:
        """Campaigns of a DSP advertiser; None when there is no such advertiser."""
        return self._facts.dsp_campaigns(advertiser_id)

    def dsp_advertisers(self, profile: Profile) -> list[Doc]:
        """DSP advertisers of an agency profile."""
        return self._facts.dsp_advertisers(profile)

    def products(self, profile: Profile) -> list[Doc]:
        """Products of a profile's brand."""
        return self._facts.products(profile)
