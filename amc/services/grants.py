"""Keeping Amazon's grants: of a finished consent or a pasted token, and a first look around."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from amc import ids
from amc.api.lwa import LoginWithAmazon, TokenAnswer
from amc.api.regions import check_region
from amc.clock import Clock
from amc.db.crypto import hold_key
from amc.db.engine import Database
from amc.db.models import Connection
from amc.db.repos import fleet as repo
from amc.db.tokens import DbTokenStore
from amc.errors import AmcError, MissingError, UsageError
from amc.log import get_logger
from amc.services.amazon import Amazon
from amc.services.audit import AuditService
from amc.services.connection_views import connection_view
from amc.services.instances import InstancesService
from amc.services.views import ConnectionView
from amc.settings import Settings

log = get_logger(__name__)

_LONGEST_TOKEN = 2048


class Grants:
    """The part of connections that keeps grants and looks at what they open."""

    _database: Database
    _clock: Clock
    _settings: Settings
    _audit: AuditService
    _amazon: Amazon
    _login: LoginWithAmazon
    _tokens: DbTokenStore
    _instances: InstancesService

    def add_refresh_token(
        self,
        actor: str,
        refresh_token: str,
        *,
        region: str = "NA",
        label: str = "",
        consented_at: datetime | None = None,
        again: str = "",
        look: bool = True,
    ) -> ConnectionView:
        """Connect with a refresh token that somebody already has; it is tried at once.

        Args:
            actor: who.
            refresh_token: begins with `Atzr|`.
            region: where the login belongs.
            label: default: the name of who gave consent.
            consented_at: when consent was given; now when it is not known.
            again: a connection that gets this token in place of its own.
            look: discover accounts and instances right after.

        Raises:
            UsageError: it is no refresh token, the region or the date cannot be.
            LoginError: Amazon does not take it; nothing is kept.
        """
        token = refresh_token.strip()
        if not token.startswith("Atzr|") or len(token) > _LONGEST_TOKEN or not token.isprintable():
            raise UsageError(
                "This is no refresh token: one begins with the letters Atzr and a bar."
            )
        if consented_at is not None and consented_at > self._clock.now():
            raise UsageError("Consent cannot have been given in the future.")
        self._require_client()
        key = None
        if again:
            with self._database.read() as session:
                known = repo.connection(session, again)
                if known is None:
                    raise MissingError(f"There is no connection '{again}'.")
                key, region = known.id, known.region
        answer = self._login.refresh(check_region(region), refresh_token=token)
        made = self._store(
            region, answer, label=label, again=key, actor=actor, consented_at=consented_at
        )
        return self.discover(actor, made.connection_id) if look else made

    def discover(self, actor: str, connection_id: str) -> ConnectionView:
        """Look at what a login sees: profiles, ads accounts, AMC accounts; then sync instances.

        Never fails: what could not be seen is kept as the connection's `discovered["problem"]`.

        Raises:
            MissingError: no such connection.
        """
        found: dict[str, Any] = {"problem": "", "hint": ""}
        try:
            found |= self._look(connection_id)
            self._instances.sync(actor)
        except AmcError as exc:
            log.warning("discovery failed", action="connection.discover", reason=exc.message)
            found |= {"problem": exc.message, "hint": exc.hint}
        found["at"] = self._clock.now().isoformat()
        with self._database.write() as session:
            row = repo.connection(session, connection_id)
            if row is None:
                raise MissingError(f"There is no connection '{connection_id}'.")
            row.discovered = found
            session.flush()
            return connection_view(session, row, self._clock.now())

    def _look(self, connection_id: str) -> dict[str, Any]:
        api = self._amazon.discovery(connection_id)
        found: dict[str, Any] = {}
        found["accounts"] = [
            {"account_id": a.account_id, "name": a.account_name, "marketplace_id": a.marketplace_id}
            for a in api.list_accounts()
        ]
        found["profiles"] = [
            {
                "profile_id": p.profile_id,
                "country": p.country_code,
                "type": p.account_info.type if p.account_info else None,
                "name": p.account_info.name if p.account_info else None,
                "account_id": p.account_info.id if p.account_info else None,
            }
            for p in api.list_profiles()
        ]
        found["ads_accounts"] = [
            {
                "ads_account_id": a.ads_account_id,
                "name": a.account_name,
                "entities": sorted({i.entity_id for i in a.alternate_ids if i.entity_id}),
            }
            for a in api.list_ads_accounts()
        ]
        return found

    def _require_client(self) -> None:
        if not self._settings.client_id:
            raise UsageError("No client id is set.", hint="Set AMAZON_CLIENT_ID and its secret.")
        if not self._settings.client_secret.get_secret_value():
            raise UsageError("No client secret is set.", hint="Set AMAZON_CLIENT_SECRET.")

    def _store(
        self,
        region: str,
        answer: TokenAnswer,
        *,
        label: str,
        again: int | None,
        actor: str,
        consented_at: datetime | None = None,
    ) -> ConnectionView:
        now = self._clock.now()
        person = self._login.profile_name(region, answer.access_token)
        with self._database.write() as session:
            hold_key(session)
            row = session.get(Connection, again, with_for_update=True) if again else None
            if row is None:
                row = self._new_row(session, region, label, person)
            row.refresh_token = self._tokens.seal(answer.refresh_token, row.public_id, "refresh")
            row.access_token = self._tokens.seal(answer.access_token, row.public_id, "access")
            row.access_expires_at = now + timedelta(seconds=answer.expires_in)
            row.client_id, row.region = self._settings.client_id, region
            row.state, row.state_reason, row.checked_at = "valid", "", now
            row.consented_at = consented_at or now
            row.amazon_user = person or row.amazon_user
            row.refreshing_by = row.refreshing_until = row.refused_until = None
            self._audit.record(
                session,
                actor,
                "connection.reconnect" if again else "connection.add",
                row.public_id,
                None,
                {"label": row.label, "region": region},
            )
            session.flush()
            return connection_view(session, row, now)

    def _new_row(self, session: Session, region: str, label: str, person: str) -> Connection:
        now = self._clock.now()
        row = Connection(
            public_id=ids.mint(ids.CONNECTION),
            created_at=now,
            state="valid",
            label=_free_label(session, label.strip() or person or f"Amazon login {region}"),
            region=region,
            client_id=self._settings.client_id,
            refresh_token=b"",
            consented_at=now,
            state_reason="",
            amazon_user=person,
        )
        session.add(row)
        return row


def _free_label(session: Session, wanted: str) -> str:
    label, number = wanted, 1
    while repo.connection_by_label(session, label) is not None:
        number += 1
        label = f"{wanted} ({number})"
    return label
