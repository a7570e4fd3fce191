"""The instances of all accounts: the world's, those made here, and the instant ones."""

import secrets
import string
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from amc.clock import Clock
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.facts import Account, Facts
from amc.sandbox.runner.faults import FaultBox
from amc.sandbox.runner.options import Options
from amc.sandbox.state import InstanceStore
from amc.sandbox.world.stable import digits, lower

Doc = dict[str, Any]
MOST_INSTANCES = 4000
_IDEMPOTENT_FOR = timedelta(minutes=10)
_ENDPOINT = "https://advertising-api.amazon.com"
_RENAMED = {"advertiserName": "customerCanonicalName"}
NOT_FOR_INSTANT = "This operation is not supported for instant self-service instances."


class InstanceBook:
    """What there is and how far it is made; faults that make an instance go away included."""

    def __init__(
        self, facts: Facts, store: InstanceStore, clock: Clock, faults: FaultBox, options: Options
    ) -> None:
        """Take a world's facts and what was changed here."""
        self._facts, self._store = facts, store
        self._clock, self._faults, self._options = clock, faults, options

    def all(self, account: Account) -> list[Doc]:
        """Documents of the instances of an account, the world's first.

        An instant account has one instance, which the first question makes.
        """
        changed = self._store.changed_in(account.entity_id)
        if account.instant and not changed:
            made = self._new(account, {"instanceName": account.name})
            self._store.save(account.entity_id, made["instanceId"], made)
            changed = self._store.changed_in(account.entity_id)
        theirs = self._facts.instances_of(account.entity_id)
        found = [
            self._shown(changed[fact.instance_id][1] if fact.instance_id in changed
                        else fact.document())
            for fact in theirs
            if not (fact.instance_id in changed and changed[fact.instance_id][0])
        ]  # fmt: skip
        known = {fact.instance_id for fact in theirs}
        found += [
            self._shown(doc)
            for instance_id, (deleted, doc) in changed.items()
            if not deleted and instance_id not in known
        ]
        return [doc for doc in found if not self._is_gone(doc["instanceId"])]

    def get(self, instance_id: str) -> Doc | None:
        """The document of an instance, or nothing."""
        changed = self._store.change_of(instance_id)
        if changed is not None:
            _, deleted, doc = changed
            found = None if deleted else self._shown(doc)
        else:
            fact = self._facts.instance(instance_id)
            found = fact.document() if fact else None
        return None if found is None or self._is_gone(instance_id) else found

    def entity_of(self, instance_id: str) -> str | None:
        """The account of an instance, deleted or not."""
        fact = self._facts.instance(instance_id)
        if fact is not None:
            return fact.entity_id
        found = self._store.change_of(instance_id)
        return found[0] if found else None

    def is_sandbox(self, instance_id: str) -> bool:
        """Whether an instance is of type SANDBOX."""
        fact = self._facts.instance(instance_id)
        return fact is not None and fact.kind == "SANDBOX"

    def bucket_of(self, instance_id: str) -> str:
        """The customer's bucket; empty without one."""
        found = self.get(instance_id)
        return str(found["s3BucketName"]) if found else ""

    def create(self, account: Account, body: Doc) -> Doc:
        """Begin to make an instance.

        Raises:
            WireError: the name is taken in the account, the account is full or instant.
        """
        if account.instant:
            raise WireError(400, NOT_FOR_INSTANT)
        token = body.get("idempotencyToken")
        made_before = self._made_with(account, token) if token else None
        if made_before is not None:
            return made_before
        there = self.all(account)
        if any(doc["instanceName"] == body["instanceName"] for doc in there):
            raise WireError(400, f"Instance with name {body['instanceName']} already exists.")
        if len(there) >= MOST_INSTANCES:
            raise WireError(400, f"An account can have at most {MOST_INSTANCES} instances.")
        doc = self._new(account, body)
        self._store.save(account.entity_id, doc["instanceId"], doc)
        return self._shown(doc)

    def _made_with(self, account: Account, token: str) -> Doc | None:
        for deleted, doc in self._store.changed_in(account.entity_id).values():
            made = doc.get("_madeAt")
            fresh = made and self._clock.now() - datetime.fromisoformat(made) < _IDEMPOTENT_FOR
            if fresh and not deleted and doc.get("_token") == token:
                return self._shown(doc)
        return None

    def _new(self, account: Account, body: Doc) -> Doc:
        random = "".join(secrets.choice(string.ascii_lowercase) for _ in range(8))
        instance_id = "amc" + (
            lower(8, "instant", account.entity_id) if account.instant else random
        )
        backed = str(body.get("acrBacked")).lower() == "true"
        collaboration = {
            "id": digits(12, "collaboration", instance_id),
            "name": body["instanceName"],
            "description": "AMC collaboration",
        }
        return {
            "instanceId": instance_id,
            "instanceName": body["instanceName"],
            "instanceType": "STANDARD",
            "customerCanonicalName": account.name if account.instant else None,
            "creationStatus": "REQUESTED",
            "creationDatetime": None,
            "s3BucketName": body.get("s3BucketName", ""),
            "awsAccountId": body.get("awsAccountId", ""),
            "entities": [account.region],
            "dataUploadAwsAccountId": "444455556666",
            "apiEndpoint": None,
            "acrCollaboration": collaboration if backed else None,
            "optionalDatasets": [],
            "advertiserTypes": ["SPONSORED_ADS"] if account.instant else [],
            "_madeAt": self._clock.now().isoformat(),
            "_token": body.get("idempotencyToken"),
            "_named": body.get("advertiserName"),
            "_instant": account.instant,
        }

    def change(self, account: Account, instance_id: str, change: Doc) -> Doc:
        """Change a completed instance.

        Raises:
            WireError: its creation is not complete, or it is instant and must keep its name.
        """
        if account.instant and "advertiserName" in change:
            raise WireError(400, NOT_FOR_INSTANT)
        doc = self._completed(instance_id)
        doc |= {_RENAMED.get(key, key): value for key, value in change.items()}
        if account.instant:
            doc["_instant"] = True
        self._store.save(account.entity_id, instance_id, doc)
        return self._shown(doc)

    def delete(self, account: Account, instance_id: str) -> None:
        """Delete a completed instance.

        Raises:
            WireError: its creation is not complete, or it is instant.
        """
        if account.instant:
            raise WireError(400, NOT_FOR_INSTANT)
        self._store.save(account.entity_id, instance_id, self._completed(instance_id), deleted=True)

    def _completed(self, instance_id: str) -> Doc:
        doc = self.get(instance_id)
        if doc is None or doc["creationStatus"] != "COMPLETED":
            raise WireError(400, f"Instance {instance_id} is not in status COMPLETED.")
        return doc

    def _is_gone(self, instance_id: str) -> bool:
        return self._faults.standing("instance_gone", instance=instance_id) is not None

    def _shown(self, doc: Doc) -> Doc:
        """A document as it stands: an instance in the making gets on with the clock."""
        shown = {key: value for key, value in doc.items() if not key.startswith("_")}
        if "_madeAt" not in doc:
            return shown
        made = datetime.fromisoformat(doc["_madeAt"])
        age = (self._clock.now() - made).total_seconds()
        instant = doc.get("_instant", False)
        span = self._options.instant_provisioning_s if instant else self._options.provisioning_s
        if age < span:
            shown["creationStatus"] = "IN_PROGRESS" if instant else _stage(age / span)
            return shown
        done = made + timedelta(seconds=span)
        return shown | {
            "creationStatus": "COMPLETED",
            "creationDatetime": done.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "apiEndpoint": _ENDPOINT,
            "customerCanonicalName": doc.get("_named") or shown["customerCanonicalName"],
        }

    # Advertisers

    def advertisers(self, instance_id: str, done: Callable[[datetime], bool]) -> list[Doc]:
        """Advertisers of an instance: the world's, with every update that is done applied."""
        fact = self._facts.instance(instance_id)
        start = fact.advertiser_documents() if fact else self._instant_advertisers(instance_id)
        held = {(item["id"], item["type"]): item for item in start}
        for at, doc in self._store.updates(instance_id):
            if not done(at):
                continue
            for item in doc["advertisersToRemove"]:
                held.pop((item["id"], item["type"]), None)
            for item in doc["advertisersToAdd"]:
                held[item["id"], item["type"]] = self._facts.advertiser(item)
        return list(held.values())

    def _instant_advertisers(self, instance_id: str) -> list[Doc]:
        entity_id = self.entity_of(instance_id) or ""
        account = self._facts.instant_account(entity_id)
        if account is None:
            return []
        item = {"id": entity_id, "type": "SPONSORED_ADS", "marketplaceId": account.marketplace_id}
        return [self._facts.advertiser(item)]


def _stage(part: float) -> str:
    """The states between the request and the end, a third of the time each."""
    return ("REQUESTED", "SUBMITTED", "IN_PROGRESS")[min(2, max(0, int(part * 3)))]
