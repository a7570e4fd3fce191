"""The one place that sends: hosts, time-outs, pace, log line, and errors as our own tree.

Nothing but the hosts of the settings is ever contacted, no redirect is followed, and proxy
variables of the environment are not honoured: a token must not wander.
"""

import json as json_module
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    NewConnectionError,
)

from amc.api.retry import parse_retry_after
from amc.clock import Clock, SystemClock
from amc.errors import (
    ApiError,
    ForbiddenError,
    InvalidRequestError,
    RateLimitedError,
    RemoteConflictError,
    RemoteMissingError,
    ServerError,
    TransportError,
    UnauthorizedError,
    UnreadableAnswerError,
)
from amc.log import get_logger, mask

log = get_logger(__name__)

_MOST_BODY = 2000


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer, decoded."""

    status: int
    body: Any
    request_id: str


class Transport:
    """Sends single requests; pooled connections, no retries of its own."""

    def __init__(
        self,
        *,
        allowed_hosts: frozenset[str],
        connect_timeout_s: float,
        read_timeout_s: float,
        clock: Clock | None = None,
    ) -> None:
        """`allowed_hosts` are `host` or `host:port` as in the URLs of the settings."""
        self._hosts = allowed_hosts
        self._timeout = (connect_timeout_s, read_timeout_s)
        self._clock = clock or SystemClock()
        self.session = requests.Session()
        self.session.trust_env = False
        adapter = HTTPAdapter(pool_connections=8, pool_maxsize=16, max_retries=0)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)

    def send(
        self,
        action: str,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        instance: str = "",
    ) -> Answer:
        """One request, one log line.

        Raises:
            ApiError: every way in which this can fail, as its class says.
        """
        self.require_host(url)
        started = time.perf_counter()
        try:
            response = self.session.request(
                method,
                url,
                headers=dict(headers),
                params=dict(query) if query else None,
                data=json_module.dumps(json).encode() if json is not None else form,
                timeout=self._timeout,
                allow_redirects=False,
            )
            answer = self._read(response)
        except requests.RequestException as exc:
            error = transport_error(exc, urlsplit(url).netloc)
            self._log(action, method, instance, "no answer", started, "", str(error.message))
            raise error from exc
        except ApiError as exc:
            self._log(action, method, instance, exc.status, started, exc.request_id, exc.message)
            raise
        self._log(action, method, instance, answer.status, started, answer.request_id, "")
        return answer

    def require_host(self, url: str, also: tuple[str, ...] = ()) -> None:
        """Refuse a URL whose host is not of the settings.

        Raises:
            InvalidRequestError: another host, or another scheme than http(s).
        """
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        known = parts.netloc.lower() in self._hosts or any(
            host == a.lstrip(".") or (a.startswith(".") and host.endswith(a)) for a in also
        )
        secure = parts.scheme == "https" or parts.netloc.lower() in self._hosts
        if parts.scheme not in ("http", "https") or not known or not secure or parts.username:
            raise InvalidRequestError(
                f"The host '{host}' is not one that this installation talks to.",
                hint="Check AMC_API_URL, AMC_LWA_URL and AMC_DOWNLOAD_HOSTS.",
            )

    def _read(self, response: requests.Response) -> Answer:
        request_id = request_id_of(response.headers)
        body, readable = _decode(response.content)
        if 200 <= response.status_code < 300:
            if not readable:
                raise UnreadableAnswerError(
                    "Amazon's answer is not JSON.",
                    status=response.status_code,
                    request_id=request_id,
                    body=_short(response.text),
                )
            return Answer(response.status_code, body, request_id)
        raise self._error(response, body, request_id)

    def _error(self, response: requests.Response, body: Any, request_id: str) -> ApiError:
        words = words_of(body)
        fields: dict[str, Any] = {
            "status": response.status_code,
            "code": str(body.get("code", "")) if isinstance(body, Mapping) else "",
            "request_id": request_id
            or (str(body.get("requestId", "")) if isinstance(body, Mapping) else ""),
            "body": _short(words or response.text),
        }
        message = f"Amazon answers {response.status_code}: {words or 'no reason given'}"
        if response.status_code == 429:
            wait = parse_retry_after(response.headers.get("Retry-After"), self._clock.now())
            return RateLimitedError(retry_after_s=wait, **fields)
        return error_class(response.status_code, words)(_short(message), **fields)

    def _log(
        self,
        action: str,
        method: str,
        instance: str,
        status: Any,
        started: float,
        request_id: str,
        reason: str,
    ) -> None:
        log.info(
            "amazon call",
            action=action,
            method=method,
            instance=instance,
            status=status,
            duration_ms=round((time.perf_counter() - started) * 1000),
            request_id=request_id,
            reason=reason,
        )


def error_class(status: int, words: str) -> type[ApiError]:
    """The class of an error answer; 400 is told apart by its words, as Amazon does."""
    lowered = words.lower()
    if status in (400, 404, 409) and "already exists" in lowered:
        return RemoteConflictError
    if status == 404 or (status in (400, 409) and "does not exist" in lowered):
        return RemoteMissingError
    if status in (401, 403):
        return UnauthorizedError if status == 401 else ForbiddenError
    if status == 409 or status == 425:
        return RemoteConflictError
    return ServerError if status >= 500 else InvalidRequestError


def transport_error(exc: requests.RequestException, host: str) -> TransportError:
    """What a failed exchange means; `sent=False` only when it provably never left."""
    cause: Any = exc.args[0] if exc.args else exc
    reason = getattr(cause, "reason", cause)
    unsent = isinstance(
        reason, NewConnectionError | ConnectTimeoutError | NameResolutionError
    ) or isinstance(exc, requests.exceptions.ConnectTimeout | requests.exceptions.InvalidURL)
    if isinstance(exc, requests.exceptions.Timeout):
        what = "could not be reached in time" if unsent else "did not answer in time"
    else:
        what = "cannot be reached" if unsent else "broke the connection off"
    return TransportError(f"{host} {what}.", sent=not unsent)


def request_id_of(headers: Mapping[str, str]) -> str:
    """Amazon's id of a request, from whichever header carries it."""
    return headers.get("x-amz-rid") or headers.get("x-amzn-RequestId") or ""


def words_of(body: Any) -> str:
    """What an error answer says, in whichever of its shapes."""
    if not isinstance(body, Mapping):
        return ""
    for name in (
        "message",
        "statusReason",
        "details",
        "messageSubject",
        "detail",
        "error_description",
        "error",
    ):
        if body.get(name):
            return str(body[name])
    return ""


def _decode(content: bytes) -> tuple[Any, bool]:
    """The body as JSON whatever its type says; an empty one counts as an empty object."""
    if not content.strip():
        return {}, True
    try:
        return json_module.loads(content), True
    except (ValueError, RecursionError):
        return None, False


def _short(text: str) -> str:
    safe = mask(text)
    return safe if len(safe) <= _MOST_BODY else safe[: _MOST_BODY - 3] + "..."
