"""AMC reporting: what all calls on one instance share."""

from amc.api.administration import check_id
from amc.api.base import Api
from amc.api.caller import ADVERTISER_ID, MARKETPLACE_ID, Caller
from amc.ids import EntityId, InstanceId, MarketplaceId

REPORTING = "/amc/reporting/{instanceId}"


class ReportingApi(Api):
    """Calls on one instance; cannot be made without instance, entity and marketplace."""

    def __init__(
        self,
        caller: Caller,
        *,
        entity_id: EntityId,
        marketplace_id: MarketplaceId,
        instance_id: InstanceId,
        download_hosts: tuple[str, ...] = (),
    ) -> None:
        """Keep whose calls these are.

        Args:
            caller: in whose name.
            entity_id: of the AMC account, never of a profile.
            marketplace_id: of the AMC account.
            instance_id: Amazon's.
            download_hosts: where results may come from, beside the API's own host.

        Raises:
            UsageError: an id is missing or one of ours.
        """
        self.entity_id = check_id(entity_id, "account's entity id")
        self.marketplace_id = check_id(marketplace_id, "account's marketplace id")
        self.instance_id = check_id(instance_id, "instance id")
        self.download_hosts = download_hosts
        super().__init__(
            caller, {ADVERTISER_ID: self.entity_id, MARKETPLACE_ID: self.marketplace_id}
        )

    def _path(self, **more: str) -> dict[str, str]:
        return {"instanceId": self.instance_id} | more
