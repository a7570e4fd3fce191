"""Login with Amazon grants: connected, tested, watched."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy.orm import Session

from amc import ids
from amc.api.lwa import LoginWithAmazon, TokenAnswer, new_verifier
from amc.clock import Clock
from amc.db.crypto import Sealer
from amc.db.engine import Database
from amc.db.models import Connection, OauthState
from amc.db.repos import fleet as repo
from amc.db.tokens import DbTokenStore
from amc.errors import AmcError, ApiError, LoginError, MissingError, UsageError
from amc.log import get_logger
from amc.services.amazon import Amazon
from amc.services.audit import AuditService
from amc.services.views import ConnectionView
from amc.settings import Settings

log = get_logger(__name__)

# Amazon ends refresh tokens after a year (release notes, second-hand): announced before.
GRANT_LIFE = timedelta(days=365)
_STATE_LIFE = timedelta(minutes=10)
REGIONS = ("NA", "EU", "FE")


@dataclass(frozen=True, slots=True)
class ConnectionTest:
    """The verdict on a connection and the one thing to do."""

    connection_id: str
    verdict: Literal["fine", "retrying", "needs_person", "no_amc"]
    message: str
    hint: str
    accounts: int


class ConnectionsService:
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
    ) -> None:
        """Keep the parts."""
        self._database, self._clock, self._settings = database, clock, settings
        self._sealer, self._audit = sealer, audit
        self._amazon, self._login = amazon, login
        self._tokens = DbTokenStore(database, sealer, clock)

    def all(self) -> list[ConnectionView]:
        """Every connection, oldest first."""
        with self._database.read() as session:
            return [
                _view(row, len(repo.accounts_of(session, row.id)))
                for row in repo.connections(session)
            ]

    def get(self, connection_id: str) -> ConnectionView:
        """One connection.

        Raises:
            MissingError: no such connection.
        """
        for found in self.all():
            if connection_id in (found.connection_id, found.label):
                return found
        raise MissingError(f"There is no connection '{connection_id}'.")

    # Connect

    def begin(self, *, region: str = "NA", user_id: int | None = None, again: str = "") -> str:
        """Start an authorization; gives the address of Amazon's consent page.

        Args:
            region: where the login belongs.
            user_id: who asks.
            again: a connection that is to be reconnected.

        Raises:
            UsageError: an unknown region, or no client id is set.
        """
        if region not in REGIONS:
            raise UsageError(f"A region is one of {', '.join(REGIONS)}.")
        if not self._settings.client_id:
            raise UsageError("No client id is set.", hint="Set AMAZON_CLIENT_ID and the secret.")
        state, verifier = secrets.token_urlsafe(32), new_verifier()
        redirect = self._settings.redirect_uri
        with self._database.write() as session:
            known = repo.connection(session, again) if again else None
            session.add(
                OauthState(
                    state_hash=_hash(state),
                    verifier=self._sealer.seal(verifier, purpose=f"oauth:{_hash(state)}"),
                    region=region,
                    redirect_uri=redirect,
                    user_id=user_id,
                    connection_id=known.id if known else None,
                    created_at=self._clock.now(),
                )
            )
        return self._login.authorize_url(
            region, redirect_uri=redirect, state=state, verifier=verifier
        )

    def complete(
        self, *, state: str, code: str = "", error: str = "", description: str = ""
    ) -> ConnectionView:
        """Finish an authorization with what the browser brought back.

        Raises:
            LoginError: denied, unknown or used state, or Amazon refused the code.
        """
        pending = self._use_state(state)
        if error or not code:
            said = f" Amazon says: {description}" if description else ""
            raise LoginError(
                f"The login was not connected: consent was denied ({error or 'no code'}).{said}",
                hint="Start again and choose Allow, with a login that has access to AMC.",
            )
        region, redirect, verifier, again = pending
        answer = self._login.exchange_code(
            region, code=code, redirect_uri=redirect, verifier=verifier
        )
        return self._store(region, answer, label="", again=again, actor="oauth")

    def _use_state(self, state: str) -> tuple[str, str, str, int | None]:
        now = self._clock.now()
        with self._database.write() as session:
            row = session.get(OauthState, _hash(state), with_for_update=True)
            if row is None or row.used_at is not None or now - row.created_at > _STATE_LIFE:
                raise LoginError(
                    "This login link is unknown, was used already, or is older than 10 minutes.",
                    hint="Start again from Settings, Connections.",
                )
            row.used_at = now
            verifier = self._sealer.open(row.verifier, purpose=f"oauth:{row.state_hash}")
            return row.region, row.redirect_uri, verifier, row.connection_id

    def add_refresh_token(
        self, actor: str, refresh_token: str, *, region: str = "NA", label: str = ""
    ) -> ConnectionView:
        """Connect with a refresh token that somebody already has; it is tried at once.

        Raises:
            UsageError: it is no refresh token, or the region is unknown.
            LoginError: Amazon does not take it; nothing is kept.
        """
        token = refresh_token.strip()
        if not token.startswith("Atzr|"):
            raise UsageError("This is no refresh token: it begins with Atzr|.")
        if region not in REGIONS:
            raise UsageError(f"A region is one of {', '.join(REGIONS)}.")
        answer = self._login.refresh(region, refresh_token=token)
        return self._store(region, answer, label=label, again=None, actor=actor)

    def _store(
        self, region: str, answer: TokenAnswer, *, label: str, again: int | None, actor: str
    ) -> ConnectionView:
        now = self._clock.now()
        person = self._login.profile_name(region, answer.access_token)
        with self._database.write() as session:
            row = session.get(Connection, again) if again else None
            if row is None:
                row = Connection(
                    public_id=ids.mint(ids.CONNECTION),
                    created_at=now,
                    state="valid",
                    label=_free_label(session, label or person or f"Amazon login {region}"),
                    region=region,
                    client_id=self._settings.client_id,
                    refresh_token=b"",
                    consented_at=now,
                    state_reason="",
                    amazon_user=person,
                )
                session.add(row)
            row.refresh_token = self._tokens.seal(answer.refresh_token, row.public_id, "refresh")
            row.access_token = self._tokens.seal(answer.access_token, row.public_id, "access")
            row.access_expires_at = now + timedelta(seconds=answer.expires_in)
            row.client_id, row.region = self._settings.client_id, region
            row.state, row.state_reason, row.consented_at = "valid", "", now
            row.amazon_user = person or row.amazon_user
            row.refreshing_by = row.refreshing_until = None
            self._audit.record(
                session,
                actor,
                "connection.store",
                row.public_id,
                None,
                {"label": row.label, "region": region},
            )
            session.flush()
            return _view(row, len(repo.accounts_of(session, row.id)))

    def connect_by_itself(self) -> ConnectionView | None:
        """Make the first connection where Amazon's side consents without a person.

        The same authorization-code path as in a browser: the consent page's redirect is followed
        here. Gives None when a connection exists or this is switched off (`AMC_AUTO_CONNECT`).

        Raises:
            AmcError: consent did not come by itself, or the host cannot be reached.
        """
        if self.all() or not self._settings.connects_by_itself:
            return None
        # The local AMC consents by itself when asked to; Amazon's own page ignores the word.
        back = self._login.follow_consent(f"{self.begin()}&local_consent=allow")
        return self.complete(
            state=back.get("state", ""),
            code=back.get("code", ""),
            error=back.get("error", ""),
            description=back.get("error_description", ""),
        )

    # Watch

    def test(self, connection_id: str) -> ConnectionTest:
        """Ask Amazon whether a connection works, and say the one thing to do.

        Raises:
            MissingError: no such connection.
        """
        found = self.get(connection_id)
        try:
            accounts = list(self._amazon.discovery(found.connection_id).list_accounts())
        except AmcError as exc:
            waits = exc.transient
            if not waits and isinstance(exc, ApiError):
                self._tokens.mark_state(found.connection_id, "needs_person", exc.message)
            return ConnectionTest(
                found.connection_id,
                "retrying" if waits else "needs_person",
                exc.message,
                exc.hint or "Try again in a few minutes.",
                0,
            )
        if not accounts:
            return ConnectionTest(
                found.connection_id,
                "no_amc",
                "The login works, but has no AMC account.",
                "Have the login invited to the AMC account in Amazon's console.",
                0,
            )
        return ConnectionTest(
            found.connection_id,
            "fine",
            f"The login works: {len(accounts)} AMC accounts.",
            "",
            len(accounts),
        )

    # Change

    def rename(self, actor: str, connection_id: str, label: str) -> ConnectionView:
        """Give a connection another label.

        Raises:
            MissingError, UsageError: no such connection; no label, or one that is taken.
        """
        found, label = self.get(connection_id), label.strip()
        with self._database.write() as session:
            other = repo.connection_by_label(session, label)
            if not label or (other is not None and other.public_id != found.connection_id):
                raise UsageError("A connection needs a label that no other has.")
            row = repo.connection(session, found.connection_id)
            if row is not None:
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

        Raises:
            MissingError: no such connection.
        """
        found = self.get(connection_id)
        with self._database.write() as session:
            row = repo.connection(session, found.connection_id)
            if row is not None:
                self._audit.record(
                    session, actor, "connection.remove", row.public_id, {"label": row.label}, None
                )
                for account in repo.accounts_of(session, row.id):
                    account.connection_id = None
                session.flush()
                session.delete(row)


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _free_label(session: Session, wanted: str) -> str:
    label, number = wanted, 1
    while repo.connection_by_label(session, label) is not None:
        number += 1
        label = f"{wanted} ({number})"
    return label


def _view(row: Connection, accounts: int) -> ConnectionView:
    return ConnectionView(
        row.public_id,
        row.label,
        row.region,
        row.state,
        row.state_reason,
        row.amazon_user,
        row.consented_at,
        row.consented_at + GRANT_LIFE,
        row.checked_at,
        accounts,
    )
