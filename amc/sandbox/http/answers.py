"""How answers are written: media types, the wrapped form, nulls, unknown fields."""

from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse

WORKFLOWS = "application/vnd.amcworkflows.v1+json"
EXECUTIONS = "application/vnd.amcworkflowexecutions.v1+json"
SCHEDULES = "application/vnd.amcschedules.v1+json"
DATA_SOURCES = "application/vnd.amcdatasources.v1+json"
OCTETS = "application/octet-stream"
JSON = "application/json"


def reply(
    request: Request, body: Any, media_type: str = JSON, headers: dict[str, str] | None = None
) -> JSONResponse:
    """A 200; with an unknown field when that is asked for."""
    options = request.app.state.sandbox.options
    if options.unknown_fields and isinstance(body, dict):
        body = body | {"experimentalField": {"introduced": "later", "values": [1, "two", None]}}
    return JSONResponse(body, 200, headers, media_type=media_type)


def one(request: Request, key: str, body: dict[str, Any], media_type: str) -> JSONResponse:
    """A single reporting object: flat as recorded, or wrapped as in the spec by a switch."""
    wrapped = request.app.state.sandbox.options.wrapped
    return reply(request, {key: body} if wrapped else body, media_type)


def listed(
    request: Request, key: str, items: list[Any], token: str | None, media_type: str
) -> JSONResponse:
    """A reporting list: no token at the end of the list."""
    body: dict[str, Any] = {key: items}
    if token is not None:
        body["nextToken"] = token
    return reply(request, body, media_type)


def listed_with_null(
    request: Request, key: str, items: list[Any], token: str | None, **more: Any
) -> JSONResponse:
    """An admin list: a null token at the end of the list."""
    return reply(request, {key: items, "nextToken": token, **more})
