"""Login with Amazon: consent address, code, refresh, profile; and access tokens that stay fresh."""

import base64
import hashlib
import os
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from amc.api.http import Transport, transport_error
from amc.api.ports import TokenStore
from amc.api.wire import TokenAnswer
from amc.clock import Clock, SystemClock
from amc.errors import (
    ApiError,
    ClientRejectedError,
    GrantRevokedError,
    LoginError,
    TransportError,
)
from amc.log import get_logger
from amc.settings import Settings

log = get_logger(__name__)

SCOPES = "advertising::campaign_management profile"
# Refreshed when a fifth of its life is left: never at the last moment, never all at once.
_REFRESH_SHARE = 0.2
_CLAIM_S = 45.0
_LOOK_AGAIN_S = 0.2


def new_verifier() -> str:
    """A PKCE verifier (RFC 7636): 64 random characters."""
    return secrets.token_urlsafe(48)


def challenge(verifier: str) -> str:
    """Its S256 challenge."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class LoginWithAmazon:
    """The calls of Login with Amazon, one region at a time."""

    def __init__(self, settings: Settings, transport: Transport) -> None:
        """Client id and secret come from the settings."""
        self._settings, self._transport = settings, transport

    def authorize_url(self, region: str, *, redirect_uri: str, state: str, verifier: str) -> str:
        """The address of the consent page."""
        query = urlencode(
            {
                "client_id": self._settings.client_id,
                "scope": SCOPES,
                "response_type": "code",
                "redirect_uri": redirect_uri,
                "state": state,
                "code_challenge": challenge(verifier),
                "code_challenge_method": "S256",
            }
        )
        return f"{self._settings.authorize_page(region)}?{query}"

    def exchange_code(
        self, region: str, *, code: str, redirect_uri: str, verifier: str
    ) -> TokenAnswer:
        """Swap the code of a consent for tokens.

        Raises:
            LoginError: Amazon refused it; says why.
            TransportError: no answer.
        """
        body = self._token(
            "lwa.exchange_code",
            region,
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": verifier,
            },
        )
        return TokenAnswer.read(body)

    def refresh(self, region: str, *, refresh_token: str) -> TokenAnswer:
        """A new access token.

        Raises:
            GrantRevokedError, ClientRejectedError: a person has to act.
            LoginError, TransportError: otherwise.
        """
        body = self._token(
            "lwa.refresh", region, {"grant_type": "refresh_token", "refresh_token": refresh_token}
        )
        return TokenAnswer.read(body, refresh_token=refresh_token)

    def profile_name(self, region: str, access_token: str) -> str:
        """Who gave the consent; empty when the token may not tell (the scope is optional)."""
        try:
            answer = self._transport.send(
                "lwa.profile",
                "GET",
                f"{self._settings.lwa_base(region)}/user/profile",
                headers={"Authorization": f"Bearer {access_token}"},
            )
        except ApiError as exc:
            log.info("no user profile", action="lwa.profile", reason=exc.message)
            return ""
        body = answer.body
        return str(body.get("name") or body.get("email") or "") if isinstance(body, dict) else ""

    def follow_consent(self, address: str) -> dict[str, str]:
        """Open a consent page that needs no person; gives what it would send the browser back with.

        Raises:
            LoginError: the page wants a person.
            TransportError: no answer.
        """
        self._transport.require_host(address)
        try:
            answer = self._transport.session.get(
                address,
                timeout=(self._settings.connect_timeout_s, self._settings.read_timeout_s),
                allow_redirects=False,
                headers={"X-Consent": "automatic"},
            )
        except requests.RequestException as exc:
            raise transport_error(exc, urlsplit(address).netloc) from exc
        location = answer.headers.get("Location", "")
        if answer.status_code not in (302, 303, 307) or not location.startswith(
            self._settings.redirect_uri
        ):
            raise LoginError(
                "The consent page wants a person.",
                hint="Connect in the browser: Settings, Connections.",
            )
        return dict(parse_qsl(urlsplit(location).query))

    def _token(self, action: str, region: str, form: Mapping[str, str]) -> Any:
        fields = dict(form) | {
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret.get_secret_value(),
        }
        try:
            return self._transport.send(
                action,
                "POST",
                f"{self._settings.lwa_base(region)}/auth/o2/token",
                headers={
                    "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
                    "Accept": "application/json",
                },
                form=fields,
            ).body
        except TransportError:
            raise
        except ApiError as exc:
            raise _login_error(exc) from exc


def _login_error(exc: ApiError) -> ApiError:
    """What a refusal of the token endpoint means."""
    if exc.transient:
        return exc
    words = exc.body or exc.message
    found: dict[str, Any] = {
        "status": exc.status,
        "code": exc.code,
        "request_id": exc.request_id,
        "body": words,
    }
    lowered = words.lower()
    if exc.status == 401 or "client authentication failed" in lowered:
        return ClientRejectedError(**found)
    if "invalid grant" in lowered or "invalid_grant" in lowered:
        return GrantRevokedError(f"The login was revoked or has expired: {words}", **found)
    return LoginError(f"Login with Amazon refused: {words}", **found)


class AccessTokens:
    """Access tokens of one connection: cached, refreshed early, by one process at a time."""

    def __init__(
        self,
        connection_id: str,
        store: TokenStore,
        login: LoginWithAmazon,
        clock: Clock,
        *,
        pace: Clock | None = None,
    ) -> None:
        """`pace` waits in real seconds while another process refreshes."""
        self._id, self._store, self._login = connection_id, store, login
        self._clock, self._pace = clock, pace or SystemClock()
        self._owner = f"{os.getpid()}-{secrets.token_hex(4)}"

    def get(self) -> str:
        """A token that is good for a while yet.

        Raises:
            LoginError, ApiError: it could not be refreshed and the cached one has ended.
        """
        grant = self._store.load(self._id)
        now = self._clock.now()
        if grant.access_token and grant.access_expires_at and grant.access_expires_at > now:
            left = (grant.access_expires_at - now).total_seconds()
            if left > 3600 * _REFRESH_SHARE or not self._claim():
                return grant.access_token
            try:
                return self._refresh()
            except ApiError:
                if left > 5:
                    return grant.access_token
                raise
        return self._refresh_or_wait()

    def refused(self, token: str) -> None:
        """Amazon did not take a token that seemed good: the next `get` refreshes."""
        self._store.forget_access(self._id, token)

    def _claim(self) -> bool:
        until = self._clock.now() + timedelta(seconds=_CLAIM_S)
        return self._store.try_claim_refresh(self._id, self._owner, until)

    def _refresh_or_wait(self) -> str:
        deadline = self._pace.monotonic() + _CLAIM_S
        while not self._claim():
            self._pace.sleep(_LOOK_AGAIN_S)
            token = self._fresh()
            if token:
                return token
            if self._pace.monotonic() > deadline:
                raise TransportError("Another process is refreshing the login and does not end.")
        # Whoever had the claim before may have finished between our look and our claim.
        token = self._fresh()
        if token:
            self._store.release(self._id, self._owner)
            return token
        return self._refresh()

    def _fresh(self) -> str | None:
        grant = self._store.load(self._id)
        good = grant.access_expires_at and grant.access_expires_at > self._clock.now()
        return grant.access_token if good else None

    def _refresh(self) -> str:
        """Ask for a new token; the claim is held and given back here."""
        grant = self._store.load(self._id)
        try:
            answer = self._login.refresh(grant.region, refresh_token=grant.refresh_token)
        except GrantRevokedError as exc:
            self._store.release(self._id, self._owner)
            again = self._store.load(self._id)
            if again.refresh_token == grant.refresh_token:
                self._store.mark_state(self._id, "needs_person", exc.message)
            raise
        except ApiError as exc:
            self._store.release(self._id, self._owner)
            state = "retrying" if exc.transient else "needs_person"
            self._store.mark_state(self._id, state, exc.message)
            raise
        self._store.save_tokens(
            self._id,
            self._owner,
            access_token=answer.access_token,
            expires_at=self._clock.now() + timedelta(seconds=answer.expires_in),
            refresh_token=answer.refresh_token,
        )
        return answer.access_token


__all__ = [
    "AccessTokens",
    "LoginWithAmazon",
    "TokenAnswer",
    "challenge",
    "new_verifier",
]
