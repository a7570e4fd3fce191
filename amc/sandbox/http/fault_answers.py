"""What a struck request is answered in place of, or before, the real answer."""

import json

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from amc.sandbox.http import errors
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.sandbox import Sandbox
from amc.sandbox.runner.faults import Fault

TERMS = "Terms and conditions must be accepted to continue"
MARKS = {"empty_page": "amc_empty_page", "repeated_token": "amc_repeated_token"}
"""Faults that only change how the real answer is made: the mark that they leave in the scope."""


def fault_answer(sandbox: Sandbox, scope: Scope, path: str, fault: Fault) -> Response:
    """The whole answer of a fault that answers by itself."""
    raw = _raw(fault)
    if raw is not None:
        return raw
    if fault.kind == "throttle":
        wait = fault.retry_after_s
        headers = {} if wait is None else {"Retry-After": str(wait)}
        error = WireError(429, "Too Many Requests", headers=headers)
    elif fault.kind == "token_expired":
        bearer = Headers(scope=scope).get("authorization", "").partition(" ")[2]
        sandbox.tokens.expire_access(token=bearer)
        error = errors.unauthorized()
    elif fault.kind == "terms_not_accepted":
        error = errors.forbidden(TERMS)
    else:
        error = WireError(fault.status or 500, "Internal server error")
    if fault.kind == "error_in_200":
        body = errors.body_of(path, error.status, error.text, scope["amc_request_id"])
        return Response(json.dumps(body), 200, media_type="application/json")
    return errors.answer(path, error, scope["amc_request_id"])


def _raw(fault: Fault) -> Response | None:
    """Bodies that are nobody's shape."""
    if fault.kind == "html":
        status = fault.status or 503
        title = {429: "Too Many Requests", 502: "Bad Gateway", 503: "Service Unavailable"}.get(
            status, "Error"
        )
        return HTMLResponse(f"<html><body><h1>{status} {title}</h1></body></html>", status)
    if fault.kind == "not_json":
        return Response('{"workflowId": "cut off he', 200, media_type="application/json")
    if fault.kind == "empty_body":
        return Response(b"", fault.status or 200, media_type="application/json")
    if fault.kind == "gateway_timeout":
        body = json.dumps({"message": "Endpoint request timed out"})
        return Response(body, 504, media_type="application/json")
    return None
