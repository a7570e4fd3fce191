"""Tokens of connections, sealed, with one refresh at a time over all processes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, update

from amc.clock import Clock
from amc.db.crypto import Sealer, hold_key
from amc.db.engine import Database
from amc.db.models import Connection
from amc.db.repos import fleet
from amc.errors import KeyFileError, MissingError


@dataclass(frozen=True, slots=True)
class StoredGrant:
    """What is kept of a Login with Amazon grant."""

    refresh_token: str
    client_id: str
    region: str
    access_token: str | None
    access_expires_at: datetime | None
    refused_until: datetime | None = None
    refused_reason: str = ""


class DbTokenStore:
    """The token store that `amc.api` asks for, in the connections table."""

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        """Keep the parts."""
        self._database, self._sealer, self._clock = database, sealer, clock

    def load(self, connection_id: str) -> StoredGrant:
        """The grant of a connection.

        Raises:
            MissingError: no such connection.
            KeyFileError: the tokens cannot be opened with this key.
        """
        with self._database.read() as session:
            row = fleet.connection(session, connection_id)
            if row is None:
                raise MissingError("This connection does not exist any more.")
            access = None
            if row.access_token and row.access_expires_at:
                try:
                    access = self._open(row.access_token, connection_id, "access")
                except KeyFileError:
                    access = None  # a cached token can be fetched again; the grant cannot
            return StoredGrant(
                refresh_token=self._open(row.refresh_token, connection_id, "refresh"),
                client_id=row.client_id,
                region=row.region,
                access_token=access,
                access_expires_at=row.access_expires_at if access else None,
                refused_until=row.refused_until,
                refused_reason=row.state_reason,
            )

    def try_claim_refresh(self, connection_id: str, owner: str, until: datetime) -> bool:
        """Take the right to refresh, unless another has it; it falls back at `until`."""
        now = self._clock.now()
        with self._database.write() as session:
            done = session.execute(
                update(Connection)
                .where(
                    Connection.public_id == connection_id,
                    or_(
                        Connection.refreshing_by.is_(None),
                        Connection.refreshing_by == owner,
                        Connection.refreshing_until < now,
                    ),
                )
                .values(refreshing_by=owner, refreshing_until=until)
                .returning(Connection.id)
            )
            return done.first() is not None

    def save_tokens(
        self,
        connection_id: str,
        owner: str,
        *,
        access_token: str,
        expires_at: datetime,
        refresh_token: str,
    ) -> None:
        """Keep new tokens, if this owner still has the right to; sets the state to valid."""
        with self._database.write() as session:
            hold_key(session)
            row = fleet.connection(session, connection_id, lock=True)
            if row is None or row.refreshing_by != owner:
                return
            row.access_token = self.seal(access_token, connection_id, "access")
            row.refresh_token = self.seal(refresh_token, connection_id, "refresh")
            row.access_expires_at = expires_at
            row.refreshing_by = row.refreshing_until = row.refused_until = None
            row.state, row.state_reason = "valid", ""
            row.checked_at = self._clock.now()

    def mark_state(
        self, connection_id: str, state: str, reason: str, *, again_at: datetime | None = None
    ) -> None:
        """Say how a connection stands, and from when Amazon may be asked again (`TokenStore`)."""
        with self._database.write() as session:
            session.execute(
                update(Connection)
                .where(Connection.public_id == connection_id)
                .values(
                    state=state,
                    state_reason=reason,
                    refused_until=again_at,
                    checked_at=self._clock.now(),
                )
            )

    def forget_access(self, connection_id: str, access_token: str) -> None:
        """Drop a cached access token that Amazon refused, unless it was replaced meanwhile."""
        with self._database.write() as session:
            row = fleet.connection(session, connection_id)
            if row is None or row.access_token is None:
                return
            try:
                same = self._open(row.access_token, connection_id, "access") == access_token
            except KeyFileError:
                same = True  # it is of no use to anybody
            if same:
                row.access_expires_at = self._clock.now() - timedelta(seconds=1)

    def release(self, connection_id: str, owner: str) -> None:
        """Give the right to refresh back."""
        with self._database.write() as session:
            session.execute(
                update(Connection)
                .where(Connection.public_id == connection_id, Connection.refreshing_by == owner)
                .values(refreshing_by=None, refreshing_until=None)
            )

    def seal(self, token: str, connection_id: str, kind: str) -> bytes:
        """A token sealed for this connection and no other."""
        return self._sealer.seal(token, purpose=f"connection:{connection_id}:{kind}")

    def _open(self, sealed: bytes, connection_id: str, kind: str) -> str:
        return self._sealer.open(sealed, purpose=f"connection:{connection_id}:{kind}")
