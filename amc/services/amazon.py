"""Amazon as services see it: an API object for a login, an account or an instance."""

from collections.abc import Sequence

from amc.api.client import AccountApi, AmcApi, Caller, InstanceApi
from amc.api.http import Transport
from amc.api.lwa import AccessTokens, LoginWithAmazon
from amc.api.name_pages import AdvertiserNames, ProfileNames
from amc.api.ports import RateBudget
from amc.api.regions import check_region, region_of
from amc.api.turns import TokensInTurn
from amc.clock import Clock
from amc.db.engine import Database
from amc.db.models import Account
from amc.db.repos import fleet
from amc.db.tokens import DbTokenStore
from amc.errors import GrantRevokedError, MissingError
from amc.ids import EntityId, InstanceId, MarketplaceId
from amc.services.serving import in_order
from amc.settings import Settings


class Amazon:
    """Hands out API objects; which login serves which account stands in our tables."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        tokens: DbTokenStore,
        budget: RateBudget,
        login: LoginWithAmazon,
        transport: Transport,
    ) -> None:
        """Keep the parts."""
        self._database, self._settings, self._clock = database, settings, clock
        self._tokens, self._budget, self._login = tokens, budget, login
        self._transport = transport

    def discovery(self, connection_id: str, *, interactive: bool = True) -> AmcApi:
        """What a login can see.

        Raises:
            MissingError: no such connection.
        """
        region = self._region(connection_id)
        return AmcApi(self._caller([connection_id], region, "", interactive=interactive))

    def clock_skew_s(self) -> float | None:
        """How far our clock is ahead of Amazon's, by the last answer; None before the first."""
        return self._transport.skew_s

    def tokens(self, connection_id: str) -> AccessTokens:
        """The access tokens of a login."""
        return AccessTokens(connection_id, self._tokens, self._login, self._clock)

    def account(
        self, connection_id: str, entity_id: str, marketplace_id: str, *, interactive: bool = True
    ) -> AccountApi:
        """One account through a login, in the region of the account's marketplace.

        Raises:
            MissingError: no such connection.
        """
        usual = check_region(self._region(connection_id))
        region = region_of(marketplace_id, default=usual)
        return AccountApi(
            self._caller([connection_id], region, entity_id, interactive=interactive),
            entity_id=EntityId(entity_id),
            marketplace_id=MarketplaceId(marketplace_id),
        )

    def instance(self, instance_id: str, *, interactive: bool = False) -> InstanceApi:
        """One instance, through the login that serves its account; the next one takes over.

        Raises:
            MissingError: we know no such instance.
            GrantRevokedError: no login serves its account any more.
        """
        account, logins = self._served(instance_id)
        return InstanceApi(
            self._caller(logins, account.region, account.entity_id, interactive=interactive),
            entity_id=EntityId(account.entity_id),
            marketplace_id=MarketplaceId(account.marketplace_id),
            instance_id=InstanceId(instance_id),
            download_hosts=self._settings.download_hosts,
        )

    def account_of(self, instance_id: str, *, interactive: bool = False) -> AccountApi:
        """The account of an instance, through the login that serves it; the next one takes over.

        Raises:
            MissingError, GrantRevokedError: see `instance`.
        """
        account, logins = self._served(instance_id)
        return AccountApi(
            self._caller(logins, account.region, account.entity_id, interactive=interactive),
            entity_id=EntityId(account.entity_id),
            marketplace_id=MarketplaceId(account.marketplace_id),
        )

    def profile(
        self, connection_id: str, profile_id: str, *, interactive: bool = False
    ) -> ProfileNames:
        """Campaign and product look-ups of one advertising profile.

        Raises:
            MissingError: no such connection.
        """
        return ProfileNames(
            self._caller(
                [connection_id], self._region(connection_id), profile_id, interactive=interactive
            ),
            profile_id,
        )

    def dsp(
        self, connection_id: str, advertiser_id: str, *, interactive: bool = False
    ) -> AdvertiserNames:
        """Campaign look-ups of one DSP advertiser.

        Raises:
            MissingError: no such connection.
        """
        return AdvertiserNames(
            self._caller(
                [connection_id], self._region(connection_id), advertiser_id, interactive=interactive
            ),
            advertiser_id,
        )

    def _region(self, connection_id: str) -> str:
        with self._database.read() as session:
            row = fleet.connection(session, connection_id)
            if row is None:
                raise MissingError(f"There is no connection {connection_id}.")
            return row.region

    def _served(self, instance_id: str) -> tuple[Account, list[str]]:
        """The account of an instance, and the logins that can serve it, in their order."""
        with self._database.read() as session:
            found = fleet.instances_by_id(session, [instance_id]).get(instance_id)
            if found is None:
                raise MissingError(f"There is no instance '{instance_id}' here.")
            account = found[1]
            logins = [c.public_id for c in in_order(session, account)]
            if not logins:
                raise GrantRevokedError(
                    f"No Amazon connection serves the account {account.entity_id}.",
                    hint="Connect one under Settings, Connections, then sync.",
                )
            return account, logins

    def _caller(
        self, logins: Sequence[str], region: str, entity_id: str, *, interactive: bool
    ) -> Caller:
        settings = self._settings
        key = {
            "client_region": f"{settings.client_id}|{region}",
            "client": settings.client_id,
            "account": f"{settings.client_id}|{region}|{entity_id}",
        }[settings.rate_key]
        return Caller(
            base_url=settings.api_base(region),
            client_id=settings.client_id,
            tokens=TokensInTurn([(login, self.tokens(login)) for login in logins]),
            transport=self._transport,
            budget=self._budget,
            rate_key=key,
            interactive=interactive,
        )
