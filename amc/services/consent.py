"""Connecting: Amazon's consent page and back."""

import hashlib
import secrets
from datetime import timedelta

from amc.api.lwa import new_verifier
from amc.api.regions import check_region
from amc.db.crypto import Sealer, hold_key
from amc.db.models import OauthState
from amc.db.repos import fleet as repo
from amc.errors import LoginError, MissingError
from amc.services.grants import Grants
from amc.services.health import clock_factor
from amc.services.views import ConnectionView

# Real minutes: a person reads Amazon's page in them, whatever clock the product runs on.
STATE_LIFE = timedelta(minutes=10)
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


class Consent(Grants):
    """The part of connections that leads a person over Amazon's consent page."""

    _sealer: Sealer

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


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode("utf-8", "replace")).hexdigest()
