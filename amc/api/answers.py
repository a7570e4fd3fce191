"""What came back: bodies read by their content, and everything that is no success as a typed error.

Amazon writes errors in four shapes and gateways in more; the answer's type says nothing reliable.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amc.api.retry import http_date, parse_retry_after
from amc.errors import (
    ApiError,
    ForbiddenError,
    InvalidRequestError,
    RateLimitedError,
    RemoteConflictError,
    RemoteMissingError,
    ServerError,
    UnauthorizedError,
    UnreadableAnswerError,
)
from amc.log import mask

_REQUEST_ID_HEADERS = ("x-amz-rid", "x-amzn-requestid", "x-amz-request-id")
_TEXT_KEYS = (
    "message",
    "statusReason",
    "details",
    "messageSubject",
    "detail",
    "error_description",
    "Message",
)
_LONGEST_TEXT = 4000
_LONGEST_REQUEST_ID = 100
_MISSING = re.compile(r"\bdoes not exist\b|\bnot found\b.{0,40}\bid\b", re.IGNORECASE)
_EXISTS = re.compile(r"\balready exists\b", re.IGNORECASE)
# These come as 401 and have nothing to do with the access token.
_SCOPE = re.compile(r"\bscope\b", re.IGNORECASE)
_TERMS = re.compile(r"terms and conditions", re.IGNORECASE)
_XML_CODE = re.compile(r"<Code>([^<]{1,200})</Code>")
_XML_MESSAGE = re.compile(r"<Message>([^<]{1,2000})</Message>")
_TAGS = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^>]*>", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: its status, headers (lower-case names), parsed body and request id."""

    status: int
    headers: Mapping[str, str]
    data: Any
    request_id: str

    def object(self) -> dict[str, Any]:
        """The body as a JSON object.

        Raises:
            UnreadableAnswerError: it is something else.
        """
        if isinstance(self.data, dict):
            return self.data
        raise UnreadableAnswerError(
            "Amazon's answer is no JSON object.", status=self.status, request_id=self.request_id
        )


@dataclass(frozen=True, slots=True)
class Words:
    """What an error body says: a code, a text, a request id; each may be empty."""

    code: str
    text: str
    request_id: str


def request_id_of(headers: Mapping[str, str]) -> str:
    """Amazon's request id among headers with lower-case names; empty when there is none."""
    for name in _REQUEST_ID_HEADERS:
        value = headers.get(name)
        if value:
            return _short(value, _LONGEST_REQUEST_ID)
    return ""


def parse_json(body: bytes) -> Any:
    """The body as JSON data that can be stored anywhere.

    NaN and infinities become None; lone surrogates and NUL characters, which no database keeps,
    are replaced.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        data = json.loads(body, parse_constant=lambda _: None, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return _storable(data) if b"\\u" in body or b"\0" in body else data


def _finite(text: str) -> float | None:
    value = float(text)
    return None if value in (float("inf"), float("-inf")) else value


def _storable(data: Any) -> Any:
    if isinstance(data, str):
        return data.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    if isinstance(data, list):
        return [_storable(item) for item in data]
    if isinstance(data, dict):
        return {_storable(key): _storable(value) for key, value in data.items()}
    return data


def read_answer(status: int, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Answer:
    """An answer as a value.

    Args:
        status: of HTTP.
        headers: with lower-case names.
        body: all of it, decoded from any content encoding.
        now: for a `Retry-After` date, where the answer has no `Date` of its own.

    Raises:
        ApiError: the typed error for everything that is no success, or no JSON.
    """
    request_id = request_id_of(headers)
    if not 200 <= status < 300:
        raise error_of(status, headers, body, now=now)
    if not body.strip():
        return Answer(status, headers, None, request_id)
    try:
        data = parse_json(body)
    except ValueError:
        raise UnreadableAnswerError(
            f"Amazon's answer ({status}) is no JSON.",
            status=status,
            request_id=request_id,
            body=_plain(body),
        ) from None
    return Answer(status, headers, data, request_id)


def words_of(headers: Mapping[str, str], body: bytes) -> Words:
    """What an error answer says, in whatever shape."""
    request_id = request_id_of(headers)
    try:
        data = parse_json(body)
    except ValueError:
        text = _plain(body)
        code = _XML_CODE.search(text_of(body))
        message = _XML_MESSAGE.search(text_of(body))
        return Words(
            code.group(1) if code else "",
            mask(message.group(1)) if message else text,
            request_id,
        )
    if isinstance(data, list) and data and isinstance(data[0], dict):
        data = data[0]
    if not isinstance(data, dict):
        return Words("", _short(mask(text_of(body)), _LONGEST_TEXT), request_id)
    errors = data.get("errors")
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        data = errors[0] | {k: v for k, v in data.items() if k != "errors"}
    return Words(
        _said(data, ("code", "error", "errorCode", "Code"), 200),
        mask(_said(data, _TEXT_KEYS, _LONGEST_TEXT)),
        request_id or _said(data, ("requestId", "request_id"), _LONGEST_REQUEST_ID),
    )


def error_of(status: int, headers: Mapping[str, str], body: bytes, *, now: datetime) -> ApiError:
    """The typed error of an answer that is no success."""
    words = words_of(headers, body)
    said = words.text or words.code
    more: dict[str, Any] = {
        "status": status,
        "code": words.code,
        "request_id": words.request_id,
        "body": words.text,
    }
    if status == 429 or words.code.upper() in ("THROTTLED", "TOO_MANY_REQUESTS"):
        asked = parse_retry_after(headers.get("retry-after"), http_date(headers.get("date")) or now)
        return RateLimitedError(
            "Amazon asks to send fewer requests for a moment (429).", retry_after_s=asked, **more
        )
    if status >= 500 or status in (408, 425):
        return ServerError(_sentence(f"Amazon had an error of its own ({status})", said), **more)
    if status < 400:
        return UnreadableAnswerError(
            f"Amazon answered {status}, which is no answer to this call; redirects are not "
            "followed.",
            **more,
        )
    kind, opening, hint = _refusal(status, words.text)
    return kind(_sentence(f"{opening} ({status})", said), hint=hint, **more)


def _refusal(status: int, text: str) -> tuple[type[ApiError], str, str | None]:
    if status == 401 and not _SCOPE.search(text):
        return UnauthorizedError, "Amazon does not accept the access token", None
    if status in (401, 403):
        if _TERMS.search(text):
            return (
                ForbiddenError,
                "Amazon wants its terms accepted first",
                "Open the AMC console once with this login and accept the terms of the region.",
            )
        return ForbiddenError, "Amazon does not let this login do that", None
    if status in (404, 410) or (status == 400 and _MISSING.search(text)):
        return RemoteMissingError, "Amazon does not know this", None
    if status == 409 or (status == 400 and _EXISTS.search(text)):
        return RemoteConflictError, "It exists already at Amazon", None
    return InvalidRequestError, "Amazon refused the request", None


def text_of(body: bytes) -> str:
    """The body as text, whatever its bytes are."""
    return body[: 4 * _LONGEST_TEXT].decode("utf-8", "replace")


def _plain(body: bytes) -> str:
    """The words of a page or other text: no tags, no long blanks, no secrets."""
    return _short(mask(" ".join(_TAGS.sub(" ", text_of(body)).split())), 500)


def _said(data: dict[str, Any], keys: tuple[str, ...], longest: int) -> str:
    for key in keys:
        value = data.get(key)
        if isinstance(value, str) and value.strip():
            return _short(value.strip(), longest)
        if isinstance(value, int) and not isinstance(value, bool):
            return _short(str(value) if abs(value) < 10**40 else "", longest)
        if isinstance(value, dict | list) and value:
            return _short(json.dumps(value, ensure_ascii=False), longest)
    return ""


def _short(text: str, longest: int) -> str:
    # Control signs and lone surrogates would break logs and databases further on.
    clean = "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text[:longest])
    return clean.encode("utf-8", "replace").decode("utf-8")


def _sentence(opening: str, said: str) -> str:
    first = said[:300]
    return f"{opening}: {first}" if first else f"{opening}."
