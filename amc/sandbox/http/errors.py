"""Amazon's error shapes: which path answers in which, and the exception that carries one."""

import re
from typing import Any

from starlette.responses import JSONResponse, Response

_WORDS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHORIZED",
    403: "ACCESS_DENIED",
    404: "NOT_FOUND",
    406: "UNSUPPORTED_MEDIA_TYPE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "INVALID_ARGUMENT",
    429: "THROTTLED",
    500: "INTERNAL_ERROR",
    503: "SERVICE_UNAVAILABLE_EXCEPTION",
}


class WireError(Exception):
    """An answer that is not 2xx."""

    def __init__(
        self,
        status: int,
        text: str,
        *,
        headers: dict[str, str] | None = None,
        lwa: str = "",
        unknown_id: bool = False,
    ) -> None:
        """`lwa` is the `error` word of Login with Amazon's shape.

        `unknown_id` tells of a single object that is not there: its status is a switch.
        """
        super().__init__(text)
        self.status, self.text, self.headers, self.lwa = status, text, headers or {}, lwa
        self.unknown_id = unknown_id


def unauthorized(text: str = "Authentication failed") -> WireError:
    """401."""
    return WireError(401, text)


def forbidden(text: str = "Unauthorized request.") -> WireError:
    """403."""
    return WireError(403, text)


def missing(kind: str, name: str) -> WireError:
    """An unknown id: 400, as recorded, not 404 (unless that is asked for)."""
    return WireError(400, f"{kind} with ID {name} does not exist.", unknown_id=True)


def shape_of(path: str) -> str:
    """The error shape of a path: lwa, message, details_rid, word or details."""
    if path.startswith(("/auth/o2", "/user/profile")):
        return "lwa"
    if path.startswith("/amc/accounts"):
        return "message"
    if path.startswith("/amc/"):
        return "details"
    if path.startswith(("/v2/profiles", "/sd/", "/dsp/advertisers")):
        return "details_rid"
    if path.startswith(("/sp/", "/sb/", "/st/", "/adsApi/", "/adsAccounts/", "/product/", "/dsp/")):
        return "word"
    return "gateway"


def body_of(path: str, status: int, text: str, request_id: str, lwa: str = "") -> dict[str, Any]:
    """The JSON object of an error on a path."""
    shape = shape_of(path)
    if shape == "lwa":
        return {"error": lwa or "ServerError", "error_description": text, "request_id": request_id}
    if shape == "message":
        return {"message": text, "requestId": request_id}
    if shape == "word":
        return {"code": _WORDS.get(status, "INTERNAL_ERROR"), "message": text}
    if shape == "gateway":
        return {"message": text}
    body = {"code": str(status), "details": text}
    if shape == "details_rid" or status == 401:
        body["requestId"] = request_id
    return body


def answer(path: str, error: WireError, request_id: str) -> Response:
    """The whole answer of an error on a path."""
    body = body_of(path, error.status, error.text, request_id, error.lwa)
    return JSONResponse(body, error.status, error.headers)


def describe_validation(errors: Any) -> tuple[int, str]:
    """Status and text for what the schema refused: 422 for the query, 400 for the rest."""
    first = errors[0]
    place = [str(part) for part in first["loc"]]
    name = ".".join(part for part in place[1:] if not part.startswith("function-")) or "body"
    if first["type"] == "json_invalid":
        return 400, "Request body is not valid JSON."
    if first["type"] == "missing":
        return (422 if place[0] == "query" else 400), f"Required field {name} is missing."
    why = re.sub(r"\s+", " ", str(first["msg"]))
    return (422 if place[0] == "query" else 400), f"Invalid value for {name}: {why}."
