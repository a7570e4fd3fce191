"""Login with Amazon grants: connected, tested, watched, removed."""

from amc.api.lwa import LoginWithAmazon
from amc.api.regions import REGIONS
from amc.clock import Clock
from amc.db.crypto import Sealer
from amc.db.engine import Database
from amc.db.repos import fleet as repo
from amc.db.tokens import DbTokenStore
from amc.errors import (
    AmcError,
    LoginError,
    UnauthorizedError,
    UsageError,
)
from amc.log import get_logger
from amc.services.amazon import Amazon
from amc.services.audit import AuditService
from amc.services.connection_views import (
    ConnectionTest,
    Verdict,
)
from amc.services.consent import Consent
from amc.services.instances import InstancesService
from amc.services.serving import Serving, in_order
from amc.services.views import ConnectionView
from amc.services.watching import Watching
from amc.settings import Settings

__all__ = ["REGIONS", "ConnectionTest", "ConnectionsService"]

log = get_logger(__name__)


class ConnectionsService(Consent, Watching, Serving):
    """Everything about connections."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Settings,
        sealer: Sealer,
        audit: AuditService,
        amazon: Amazon,
        login: LoginWithAmazon,
        instances: InstancesService,
    ) -> None:
        """Keep the parts."""
        self._database, self._clock, self._settings = database, clock, settings
        self._sealer, self._audit = sealer, audit
        self._amazon, self._login, self._instances = amazon, login, instances
        self._tokens = DbTokenStore(database, sealer, clock)

    # Test

    def clock_skew_s(self) -> float | None:
        """How far this machine's clock is ahead of Amazon's, by the last answer; None: unknown."""
        return None if self._settings.clock else self._amazon.clock_skew_s()

    def test(self, connection_id: str) -> ConnectionTest:
        """Ask Amazon whether a connection works, and say the one thing to do.

        Raises:
            MissingError: no such connection.
        """
        found = self.get(connection_id)
        key = found.connection_id

        def verdict(
            kind: Verdict, message: str, hint: str = "", accounts: int = 0
        ) -> ConnectionTest:
            return ConnectionTest(key, kind, message, hint, accounts)

        try:
            if found.state == "needs_person":
                self._amazon.tokens(key).try_again()
            accounts = list(self._amazon.discovery(key).list_accounts())
        except AmcError as exc:
            return self._failed_test(key, exc)
        if self.get(key).state != "valid":
            self._tokens.mark_state(key, "valid", "")
        if not accounts:
            return verdict(
                "no_amc",
                "The login works, but it has no AMC account.",
                "Have the login invited to the AMC account in Amazon's console, then sync.",
            )
        return verdict("fine", f"The login works: {len(accounts)} AMC accounts.", "", len(accounts))

    def _failed_test(self, key: str, exc: AmcError) -> ConnectionTest:
        if isinstance(exc, LoginError | UnauthorizedError) and not exc.transient:
            again_at = None
            with self._database.read() as session:
                row = repo.connection(session, key)
                again_at = row.refused_until if row is not None else None
            self._tokens.mark_state(key, "needs_person", exc.message, again_at=again_at)
        waits = exc.transient
        return ConnectionTest(
            key,
            "retrying" if waits else "needs_person",
            exc.message,
            exc.hint or ("Try again in a few minutes." if waits else "Reconnect the login."),
            0,
        )

    # Change

    def rename(self, actor: str, connection_id: str, label: str) -> ConnectionView:
        """Give a connection another label.

        Raises:
            MissingError, UsageError: no such connection; no label, or one that is taken.
        """
        found, label = self.get(connection_id), " ".join(label.split())[:120]
        with self._database.write() as session:
            other = repo.connection_by_label(session, label)
            if not label or (other is not None and other.public_id != found.connection_id):
                raise UsageError("A connection needs a label that no other has.")
            row = repo.connection(session, found.connection_id)
            if row is not None and row.label != label:
                self._audit.record(
                    session,
                    actor,
                    "connection.rename",
                    row.public_id,
                    {"label": row.label},
                    {"label": label},
                )
                row.label = label
        return self.get(found.connection_id)

    def remove(self, actor: str, connection_id: str) -> None:
        """Remove a connection and its tokens; accounts, instances and results stay.

        Accounts that another login can see are served by that one from now on.

        Raises:
            MissingError: no such connection.
        """
        found = self.get(connection_id)
        with self._database.write() as session:
            row = repo.connection(session, found.connection_id, lock=True)
            if row is None:
                return
            self._audit.record(
                session, actor, "connection.remove", row.public_id, {"label": row.label}, None
            )
            for account in repo.accounts(session):
                rest = [c for c in in_order(session, account) if c.id != row.id]
                if account.connection_id == row.id:
                    account.connection_id = rest[0].id if rest else None
            session.flush()
            session.delete(row)
