"""Login with Amazon: consent address, code exchange, refresh, user profile."""

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from amc.api.answers import Answer
from amc.api.call import Call, base_of
from amc.api.http import Transport
from amc.api.memory import Memories, TokenAnswer
from amc.api.regions import check_region
from amc.api.retry import Effect
from amc.api.tokens import AccessTokens
from amc.api.wire import UserProfile
from amc.errors import (
    ApiError,
    ClientRejectedError,
    GrantRevokedError,
    LoginError,
    ServerError,
    UnreadableAnswerError,
    UsageError,
)
from amc.log import get_logger
from amc.settings import Settings

log = get_logger(__name__)

# The first is what AMC needs; the second lets us show whose login it is.
SCOPES = ("advertising::campaign_management", "profile")
_FORM = "application/x-www-form-urlencoded;charset=UTF-8"
# A refresh must be over before its lease is (`amc.api.tokens`), or a second one would start.
TOKEN_READ_TIMEOUT_S = 5.0
_USUAL_LIFE_S = 3600
_LONGEST_LIFE_S = 30 * 86400
_PASSING = ("server_error", "servererror", "temporarily_unavailable", "service_unavailable")


def new_verifier() -> str:
    """A PKCE code verifier of 256 random bits (RFC 7636)."""
    return secrets.token_urlsafe(32)


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of a verifier (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


class LoginWithAmazon:
    """The calls of Login with Amazon."""

    def __init__(self, settings: Settings, transport: Transport) -> None:
        """Client id and secret come from the settings."""
        self._settings, self._transport = settings, transport
        self.memories = Memories()

    @property
    def client_id(self) -> str:
        """The client that we are."""
        return self._settings.client_id

    def authorize_url(
        self,
        region: str,
        *,
        redirect_uri: str,
        state: str,
        verifier: str = "",
        scopes: tuple[str, ...] = SCOPES,
    ) -> str:
        """The address of Amazon's consent page that the browser is sent to.

        Raises:
            UsageError: an unknown region, or no client id is set.
        """
        page = self._settings.authorize_page(check_region(region))
        if not self._settings.client_id:
            raise UsageError("No client id is set.", hint="Set AMAZON_CLIENT_ID and its secret.")
        query = {
            "client_id": self._settings.client_id,
            "scope": " ".join(scopes),
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "state": state,
        }
        if verifier:
            query |= {"code_challenge": challenge_of(verifier), "code_challenge_method": "S256"}
        return f"{page}?{urlencode(query)}"

    def exchange_code(
        self, region: str, *, code: str, redirect_uri: str, verifier: str = ""
    ) -> TokenAnswer:
        """Tokens for the code that the browser brought back; a code works once, for 5 minutes.

        Raises:
            LoginError: Amazon does not take the code (used, too old, other redirect or verifier).
            ClientRejectedError: the client id or secret is wrong.
            ApiError: no usable answer.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            **self._client(),
        }
        if verifier:
            form["code_verifier"] = verifier
        try:
            return self._tokens("lwa.exchange", region, form, kept="")
        except ClientRejectedError:
            raise
        except LoginError as exc:
            raise LoginError(
                f"Amazon does not take this login code: {exc.body or exc.code}.",
                status=exc.status,
                code=exc.code,
                request_id=exc.request_id,
                body=exc.body,
                hint="A code works once and for five minutes: start the connection again.",
            ) from exc

    def refresh(self, region: str, *, refresh_token: str) -> TokenAnswer:
        """A new access token.

        Raises:
            UsageError: there is no refresh token.
            GrantRevokedError: the grant was revoked, has ended, or belongs to another client.
            ClientRejectedError: the client id or secret is wrong.
            ApiError: no usable answer (transient).
        """
        if not refresh_token:
            raise UsageError("There is no refresh token for this login.")
        form = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            **self._client(),
        }
        return self._tokens("lwa.refresh", region, form, kept=refresh_token)

    def user_profile(self, region: str, access_token: str) -> UserProfile:
        """Who gave consent.

        Raises:
            LoginError: the token lacks the profile scope, or is not valid.
            ApiError: no usable answer.
        """
        call = Call(
            "lwa.profile",
            "GET",
            self._settings.lwa_base(check_region(region)),
            "/user/profile",
            headers={"Authorization": f"Bearer {access_token}"},
        )
        answer = self._send(call)
        return UserProfile.read(answer.data, request_id=answer.request_id)

    def profile_name(self, region: str, access_token: str) -> str:
        """The name or e-mail address of who gave consent; empty when Amazon does not say."""
        try:
            profile = self.user_profile(region, access_token)
        except ApiError as exc:
            log.info("no user profile", action="lwa.profile.none", reason=exc.message)
            return ""
        return profile.name or profile.email or ""

    def follow_consent(self, url: str) -> dict[str, str]:
        """Open a consent page that consents by itself; gives what the browser would bring back.

        Raises:
            LoginError: the page asks a person.
            ApiError: it cannot be reached.
        """
        parts = urlsplit(url)
        call = Call("lwa.consent", "GET", base_of(url), parts.path.replace("{", "%7B"))
        self._transport.check_host(call.base)
        with self._transport.open(call, url=url) as (response, headers):
            target = headers.get("location", "")
            if not 300 <= response.status_code < 400 or not target:
                raise LoginError(
                    "Amazon's consent page asks a person.",
                    hint="Connect from Settings, Connections, in a browser.",
                )
        return dict(parse_qsl(urlsplit(target).query))

    def _client(self) -> dict[str, str]:
        return {
            "client_id": self._settings.client_id,
            "client_secret": self._settings.client_secret.get_secret_value(),
        }

    def _tokens(self, action: str, region: str, form: dict[str, str], *, kept: str) -> TokenAnswer:
        call = Call(
            action,
            "POST",
            self._settings.lwa_base(check_region(region)),
            "/auth/o2/token",
            headers={"Content-Type": _FORM},
            form=form,
            effect=Effect.READ,
        )
        answer = self._send(call)
        data = answer.data if isinstance(answer.data, dict) else {}
        access, refresh = data.get("access_token"), data.get("refresh_token") or kept
        if not isinstance(access, str) or not access or not isinstance(refresh, str) or not refresh:
            raise UnreadableAnswerError(
                "Login with Amazon's answer holds no tokens.",
                status=answer.status,
                request_id=answer.request_id,
            )
        return TokenAnswer(access, refresh, _life_s(data.get("expires_in")))

    def _send(self, call: Call) -> Answer:
        read_s = min(TOKEN_READ_TIMEOUT_S, self._settings.read_timeout_s)
        try:
            return self._transport.send(call, read_timeout_s=read_s)
        except ApiError as exc:
            raise login_error(exc) from exc


def _life_s(value: Any) -> int:
    try:
        life = int(float(value))
    except (TypeError, ValueError, OverflowError):
        return _USUAL_LIFE_S
    return min(max(life, 0), _LONGEST_LIFE_S)


def login_error(exc: ApiError) -> ApiError:
    """The error of Login with Amazon for an error answer of its hosts; others stay as they are."""
    if exc.transient or exc.status is None:
        return exc
    code = exc.code.lower()
    more: dict[str, Any] = {
        "status": exc.status,
        "code": exc.code,
        "request_id": exc.request_id,
        "body": exc.body,
    }
    said = exc.body or exc.code or f"status {exc.status}"
    if code in _PASSING:
        return ServerError(f"Login with Amazon cannot answer now: {said}", **more)
    if code == "invalid_grant":
        return GrantRevokedError(f"Amazon does not accept this login any more: {said}", **more)
    if code in ("invalid_client", "unauthorized_client"):
        return ClientRejectedError(
            f"Login with Amazon does not accept the client id or secret: {said}", **more
        )
    return LoginError(f"Login with Amazon refused: {said}", hint="", **more)


__all__ = [
    "SCOPES",
    "AccessTokens",
    "LoginWithAmazon",
    "TokenAnswer",
    "challenge_of",
    "login_error",
    "new_verifier",
]
