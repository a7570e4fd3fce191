"""Connecting: Amazon's consent page and back, a pasted refresh token, and a first look around."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from amc import ids
from amc.api.lwa import LoginWithAmazon, TokenAnswer, new_verifier
from amc.api.regions import check_region
from amc.clock import Clock
from amc.db.crypto import Sealer, hold_key
from amc.db.engine import Database
from amc.db.models import Connection, OauthState
from amc.db.repos import fleet as repo
from amc.db.tokens import DbTokenStore
from amc.errors import AmcError, LoginError, MissingError, UsageError
from amc.log import get_logger
from amc.services.amazon import Amazon
from amc.services.audit import AuditService
from amc.services.connection_views import connection_view
from amc.services.health import clock_factor
from amc.services.instances import InstancesService
from amc.services.views import ConnectionView
from amc.settings import Settings

log = get_logger(__name__)

# Real minutes: a person reads Amazon's page in them, whatever clock the product runs on.
STATE_LIFE = timedelta(minutes=10)
_LONGEST_TOKEN = 2048
_START_AGAIN = "Start again from Settings, Connections."


class LinkError(LoginError):
    """This login link is unknown, was used already, or is older than 10 minutes."""

    default_hint = _START_AGAIN


class ForeignLinkError(LoginError):
    """This login link was begun in another session; nothing was connected."""

    default_hint = "Start again in this browser: Settings, Connections."


class ConsentDeniedError(LoginError):
    """The login was not connected: consent was denied."""

    default_hint = "Start again and choose Allow, with a login that has access to AMC."


class Consent:
    """The part of connections that makes and renews them."""

    _database: Database
    _clock: Clock
    _settings: Settings
    _sealer: Sealer
    _audit: AuditService
    _amazon: Amazon
    _login: LoginWithAmazon
    _tokens: DbTokenStore
    _instances: InstancesService

    def begin(self, *, region: str = "NA", bound_to: str = "", again: str = "") -> str:
        """Start an authorization; gives the address of Amazon's consent page.

        Args:
            region: where the login belongs.
            bound_to: names the session that asks; only it may finish. Empty: any administrator.
            again: a connection that is to be reconnected.

        Raises:
            UsageError: an unknown region, or no client id or secret is set.
            MissingError: no such connection to reconnect.
            KeyFileError: the encryption key is missing or wrong.
        """
        self._require_client()
        check_region(region)
        state, verifier = secrets.token_urlsafe(32), new_verifier()
        redirect = self._settings.redirect_uri
        with self._database.write() as session:
            known = repo.connection(session, again) if again else None
            if again and known is None:
                raise MissingError(f"There is no connection '{again}'.")
            hold_key(session)
            session.add(
                OauthState(
                    state_hash=_hash(state),
                    verifier=self._sealer.seal(verifier, purpose=f"oauth:{_hash(state)}"),
                    region=known.region if known else region,
                    redirect_uri=redirect,
                    connection_id=known.id if known else None,
                    bound_to=_hash(bound_to) if bound_to else "",
                    created_at=self._clock.now(),
                )
            )
        return self._login.authorize_url(
            known.region if known else region,
            redirect_uri=redirect,
            state=state,
            verifier=verifier,
        )

    def complete(
        self,
        *,
        state: str,
        code: str = "",
        error: str = "",
        description: str = "",
        bound_to: str = "",
        actor: str = "oauth",
        look: bool = True,
    ) -> ConnectionView:
        """Finish an authorization with what the browser brought back, and look around.

        Args:
            state: as it went out; works once, for ten minutes, in the session that began it.
            code: of Amazon.
            error: in place of a code.
            description: of the error.
            bound_to: the session that came back.
            actor: who, for the audit trail.
            look: discover accounts and instances right after.

        Raises:
            LinkError, ForeignLinkError: the state is no good; Amazon was not asked.
            ConsentDeniedError: the person said no.
            LoginError: Amazon refused the code.
            KeyFileError: the encryption key is missing or wrong.
        """
        region, redirect, verifier, again = self._use_state(state, bound_to)
        if error or not code:
            said = f" Amazon says: {description}" if description else ""
            raise ConsentDeniedError(
                f"The login was not connected: consent was denied ({error or 'no code'}).{said}"
            )
        answer = self._login.exchange_code(
            region, code=code, redirect_uri=redirect, verifier=verifier
        )
        made = self._store(region, answer, label="", again=again, actor=actor)
        return self.discover(actor, made.connection_id) if look else made

    def _use_state(self, state: str, bound_to: str) -> tuple[str, str, str, int | None]:
        now, life = self._clock.now(), STATE_LIFE * (clock_factor(self._clock) or 1.0)
        with self._database.write() as session:
            row = session.get(OauthState, _hash(state), with_for_update=True)
            if row is None or row.used_at is not None or not now - row.created_at <= life:
                raise LinkError
            if row.bound_to and row.bound_to != _hash(bound_to):
                raise ForeignLinkError
            verifier = self._sealer.open(row.verifier, purpose=f"oauth:{row.state_hash}")
            row.used_at = now
            return row.region, row.redirect_uri, verifier, row.connection_id

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
            raise UsageError("This is no refresh token: it begins with Atzr|.")
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

    def connect_by_itself(self) -> ConnectionView | None:
        """Make the first connection where Amazon's side consents without a person.

        The same authorization-code path as in a browser: the consent page's redirect is followed
        here. Gives None when a connection exists or this is switched off (`AMC_AUTO_CONNECT`).

        Raises:
            AmcError: consent did not come by itself, or the host cannot be reached.
        """
        with self._database.read() as session:
            known = bool(repo.connections(session))
        if known or not self._settings.connects_by_itself:
            return None
        # The local AMC consents by itself when asked to; Amazon's own page ignores the word.
        back = self._login.follow_consent(f"{self.begin()}&local_consent=allow")
        return self.complete(
            state=back.get("state", ""),
            code=back.get("code", ""),
            error=back.get("error", ""),
            description=back.get("error_description", ""),
            look=False,
        )

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


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()


def _free_label(session: Session, wanted: str) -> str:
    label, number = wanted, 1
    while repo.connection_by_label(session, label) is not None:
        number += 1
        label = f"{wanted} ({number})"
    return label
