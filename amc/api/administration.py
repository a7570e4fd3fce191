"""AMC administration: the instances of one account, and the advertisers that feed them."""

from collections.abc import Mapping, Sequence

from amc.api.base import PAGE_SIZE, Api, read_one, read_pages
from amc.api.call import is_ours
from amc.api.caller import ADVERTISER_ID, MARKETPLACE_ID, Caller
from amc.api.retry import Effect
from amc.api.wire import Advertiser, AdvertiserUpdate, AmcInstance, AwsStack, Collaboration
from amc.errors import UsageError
from amc.ids import EntityId, InstanceId, MarketplaceId

_INSTANCES = "/amc/instances"
_ONE = "/amc/instances/{instanceId}"


def check_id(value: str, what: str) -> str:
    """An id that may travel.

    Raises:
        UsageError: it is empty, or an id of this installation.
    """
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"A call to Amazon needs the {what}.")
    if is_ours(value):
        raise UsageError(f"{value} is an id of this installation, not the {what}.")
    return value


class AccountApi(Api):
    """Calls on one AMC account; cannot be made without entity and marketplace."""

    def __init__(
        self, caller: Caller, *, entity_id: EntityId, marketplace_id: MarketplaceId
    ) -> None:
        """Keep whose calls these are.

        Raises:
            UsageError: an id is missing or one of ours.
        """
        self.entity_id = check_id(entity_id, "account's entity id")
        self.marketplace_id = check_id(marketplace_id, "account's marketplace id")
        super().__init__(
            caller, {ADVERTISER_ID: self.entity_id, MARKETPLACE_ID: self.marketplace_id}
        )

    def list_instances(self, *, page_size: int | None = PAGE_SIZE) -> list[AmcInstance]:
        """`GET /amc/instances`: every instance of the account.

        Raises:
            ApiError: see `amc.errors`.
        """
        return read_pages(
            AmcInstance,
            lambda token: self._send(
                "instances.list",
                "GET",
                _INSTANCES,
                query={"nextToken": token, "limit": str(page_size) if page_size else None},
            ),
            key="instances",
            identity=lambda item: item.instance_id,
            single="instance",
        )

    def get_instance(self, instance_id: InstanceId) -> AmcInstance:
        """`GET /amc/instances/{instanceId}`.

        Raises:
            ApiError: see `amc.errors`.
        """
        answer = self._send("instances.get", "GET", _ONE, path=_path(instance_id))
        return read_one(AmcInstance, answer, "instance")

    def create_instance(
        self,
        name: str,
        *,
        advertiser_name: str = "",
        aws_account_id: str = "",
        s3_bucket_name: str = "",
        idempotency_token: str = "",
    ) -> AmcInstance:
        """`POST /amc/instances`: ask for a new instance; it takes days to be filled.

        Args:
            name: 3 to 50 letters, digits, spaces.
            advertiser_name: shown in AMC.
            aws_account_id: of the customer, for a bucket of their own.
            s3_bucket_name: that bucket.
            idempotency_token: 1 to 36 signs; the same one within ten minutes makes no second.

        Raises:
            ApiError: see `amc.errors`.
        """
        body = {
            "instanceName": name,
            "advertiserName": advertiser_name,
            "awsAccountId": aws_account_id,
            "s3BucketName": s3_bucket_name,
            "idempotencyToken": idempotency_token,
        }
        answer = self._send(
            "instances.create", "POST", _INSTANCES, body={k: v for k, v in body.items() if v}
        )
        return read_one(AmcInstance, answer, "instance")

    def update_instance(
        self,
        instance_id: InstanceId,
        *,
        name: str = "",
        advertiser_name: str = "",
        aws_account_id: str = "",
        s3_bucket_name: str = "",
    ) -> AmcInstance:
        """`PUT /amc/instances/{instanceId}`: change what is given, once it is complete.

        Raises:
            UsageError: nothing is to be changed.
            ApiError: see `amc.errors`.
        """
        asked = {
            "instanceName": name,
            "advertiserName": advertiser_name,
            "awsAccountId": aws_account_id,
            "s3BucketName": s3_bucket_name,
        }
        body = {key: value for key, value in asked.items() if value}
        if not body:
            raise UsageError("Nothing of the instance is to be changed.")
        answer = self._send("instances.update", "PUT", _ONE, path=_path(instance_id), body=body)
        return read_one(AmcInstance, answer, "instance")

    def update_aws_account(
        self, instance_id: InstanceId, *, aws_account_id: str, bucket_name: str
    ) -> AwsStack:
        """`POST …/updateCustomerAwsAccount` (deprecated): where results are delivered to.

        Raises:
            ApiError: see `amc.errors`.
        """
        answer = self._send(
            "instances.update_aws_account",
            "POST",
            _ONE + "/updateCustomerAwsAccount",
            path=_path(instance_id),
            body={"awsAccountId": aws_account_id, "bucketName": bucket_name},
            effect=Effect.REPLACE,
        )
        return read_one(AwsStack, answer, "")

    def get_collaboration(self, instance_id: InstanceId) -> Collaboration:
        """`GET …/collaboration`: the AWS Clean Rooms side of an instance.

        Raises:
            RemoteMissingError: it has none.
            ApiError: see `amc.errors`.
        """
        answer = self._send(
            "instances.collaboration", "GET", _ONE + "/collaboration", path=_path(instance_id)
        )
        return read_one(Collaboration, answer, "collaboration")

    def delete_instance(self, instance_id: InstanceId) -> None:
        """`DELETE /amc/instances/{instanceId}`: for good.

        Raises:
            ApiError: see `amc.errors`.
        """
        self._send("instances.delete", "DELETE", _ONE, path=_path(instance_id))

    def list_advertisers(
        self, instance_id: InstanceId, *, kind: str = "", page_size: int | None = None
    ) -> list[Advertiser]:
        """`GET /amc/instances/{instanceId}/advertisers`: who feeds the instance.

        Args:
            instance_id: the instance.
            kind: DISPLAY, SAS or SPONSORED_ADS; all when empty.
            page_size: Amazon's default when None.

        Raises:
            ApiError: see `amc.errors`.
        """
        return read_pages(
            Advertiser,
            lambda token: self._send(
                "advertisers.list",
                "GET",
                _ONE + "/advertisers",
                path=_path(instance_id),
                query={
                    "type": kind or None,
                    "nextToken": token,
                    "limit": str(page_size) if page_size else None,
                },
            ),
            key="advertisers",
            identity=lambda item: (item.id, item.marketplace_id, item.type),
        )

    def update_advertisers(
        self,
        instance_id: InstanceId,
        *,
        add: Sequence[Mapping[str, str]] = (),
        remove: Sequence[Mapping[str, str]] = (),
    ) -> AdvertiserUpdate:
        """`POST …/advertisers/updates`: ask for a change of at most 10 each.

        Args:
            instance_id: the instance.
            add: `id`, `marketplaceId` and `type` of each.
            remove: likewise.

        Raises:
            ApiError: also while an earlier change is under way.
        """
        answer = self._send(
            "advertisers.update",
            "POST",
            _ONE + "/advertisers/updates",
            path=_path(instance_id),
            body={
                "advertisersToAdd": [dict(item) for item in add],
                "advertisersToRemove": [dict(item) for item in remove],
            },
        )
        return read_one(AdvertiserUpdate, answer, "advertiserUpdate")

    def list_advertiser_updates(
        self, instance_id: InstanceId, *, page_size: int | None = None
    ) -> list[AdvertiserUpdate]:
        """`GET …/advertisers/updates`: every asked change of an instance's advertisers.

        Raises:
            ApiError: see `amc.errors`.
        """
        return read_pages(
            AdvertiserUpdate,
            lambda token: self._send(
                "advertisers.list_updates",
                "GET",
                _ONE + "/advertisers/updates",
                path=_path(instance_id),
                query={"nextToken": token, "limit": str(page_size) if page_size else None},
            ),
            key="advertiserUpdates",
            identity=lambda item: item.update_id,
        )

    def get_advertiser_update(self, instance_id: InstanceId, update_id: str) -> AdvertiserUpdate:
        """`GET …/advertisers/updates/{updateId}`: how far a change is.

        Raises:
            ApiError: see `amc.errors`.
        """
        answer = self._send(
            "advertisers.update_state",
            "GET",
            _ONE + "/advertisers/updates/{updateId}",
            path={**_path(instance_id), "updateId": update_id},
        )
        return read_one(AdvertiserUpdate, answer, "advertiserUpdate")


def _path(instance_id: str) -> dict[str, str]:
    return {"instanceId": check_id(instance_id, "instance id")}
