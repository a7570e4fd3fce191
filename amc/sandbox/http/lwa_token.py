"""POST /auth/o2/token and GET /user/profile."""

import base64
import hashlib
import hmac
import json
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Header, Query, Request
from pydantic import ValidationError
from starlette.responses import JSONResponse

from amc.sandbox.http.caller import bearer_of
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.lwa_models import TokenRequest
from amc.sandbox.http.sandbox import Local, Sandbox
from amc.sandbox.state import Client, Grant

router = APIRouter(tags=["Login with Amazon"])

_SCHEMA = TokenRequest.model_json_schema()
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {"schema": _SCHEMA},
            "application/json": {"schema": _SCHEMA},
        },
    }
}
_REVOKED = "User may have revoked or didn't grant the permission."


def _missing(name: str) -> WireError:
    return WireError(
        400, f"The request is missing a required parameter : {name}", lwa="invalid_request"
    )


def _invalid(name: str) -> WireError:
    return WireError(400, f"The request has an invalid parameter : {name}", lwa="invalid_request")


def _bad_grant(name: str) -> WireError:
    return WireError(
        400,
        f"The request has an invalid grant parameter : {name}. {_REVOKED}",
        lwa="invalid_grant",
    )


async def _read(request: Request) -> TokenRequest:
    """A form, JSON, or JSON without any Content-Type; Basic authentication as well."""
    raw = await request.body()
    try:
        text = raw.decode()
        fields: Any = json.loads(text) if text.lstrip()[:1] == "{" else dict(parse_qsl(text))
        asked = TokenRequest.model_validate(fields)
    except (UnicodeDecodeError, ValueError, ValidationError):
        raise WireError(400, "The request body could not be read.", lwa="invalid_request") from None
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic" and asked.client_id is None:
        try:
            pair = base64.b64decode(value + "=" * (-len(value) % 4)).decode()
        except ValueError:
            raise WireError(401, "Client authentication failed", lwa="invalid_client") from None
        name, _, secret = pair.partition(":")
        asked = asked.model_copy(update={"client_id": name, "client_secret": secret})
    return asked


@router.post("/auth/o2/token", openapi_extra=_BODY)
async def token(request: Request, local: Local) -> JSONResponse:
    """Exchange an authorization code, or refresh an access token."""
    asked = TokenRequest()
    status, error = 200, ""
    try:
        asked = await _read(request)
        body = _grant(local, asked)
    except WireError as refusal:
        status, error = refusal.status, refusal.lwa
        raise
    finally:
        used = asked.refresh_token or asked.code or ""
        local.logbook.token(
            client_id=asked.client_id or "",
            grant_type=asked.grant_type or "",
            token_hash=hashlib.sha256(used.encode()).hexdigest()[:16],
            status=status,
            error=error,
        )
    return JSONResponse(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def _grant(local: Sandbox, asked: TokenRequest) -> dict[str, Any]:
    if not asked.grant_type:
        raise _missing("grant_type")
    fault = local.faults.strike(
        "invalid_grant",
        "token_server_error",
        route="POST /auth/o2/token",
        client=asked.client_id or "",
    )
    if fault is not None and fault.kind == "token_server_error":
        word = "temporarily_unavailable" if fault.status == 503 else "ServerError"
        raise WireError(fault.status or 500, "The server encountered a runtime error", lwa=word)
    if asked.grant_type not in ("authorization_code", "refresh_token"):
        raise WireError(
            400,
            "The authorization grant type is not supported by the authorization server",
            lwa="unsupported_grant_type",
        )
    client = _client(local, asked)
    if client.grants and asked.grant_type not in client.grants:
        raise WireError(
            400, "The client is not authorized to use this grant type", lwa="unauthorized_client"
        )
    if asked.grant_type == "refresh_token":
        return _refresh(local, asked, client, revoked=fault is not None)
    return _exchange(local, asked, client)


def _client(local: Sandbox, asked: TokenRequest) -> Client:
    if not asked.client_id:
        raise _missing("client_id")
    if not asked.client_secret:
        raise _missing("client_secret")
    client = local.tokens.client(asked.client_id)
    if client is None or not hmac.compare_digest(
        client.secret.encode(), asked.client_secret.encode()
    ):
        raise WireError(401, "Client authentication failed", lwa="invalid_client")
    return client


def _refresh(
    local: Sandbox, asked: TokenRequest, client: Client, *, revoked: bool
) -> dict[str, Any]:
    if not asked.refresh_token:
        raise _missing("refresh_token")
    grant = local.tokens.refresh(asked.refresh_token)
    if revoked and grant is not None:
        local.tokens.revoke(token=asked.refresh_token)
    if grant is None or grant.revoked or revoked or grant.client_id != client.client_id:
        raise _bad_grant("refresh_token")
    return _tokens(local, asked.refresh_token, grant)


def _exchange(local: Sandbox, asked: TokenRequest, client: Client) -> dict[str, Any]:
    if not asked.code:
        raise _missing("code")
    if not asked.redirect_uri:
        raise _missing("redirect_uri")
    code = local.tokens.code(asked.code)
    if code is None or code.grant.client_id != client.client_id:
        raise _bad_grant("code")
    expires = code.grant.expires_at
    if code.used or expires is None or local.clock.now() >= expires:
        raise _invalid("code")
    if asked.redirect_uri != code.redirect_uri:
        raise _invalid("redirect_uri")
    if code.challenge is not None:
        _verify(asked, code.challenge, code.method)
    if not local.tokens.use_code(asked.code):
        raise _invalid("code")
    return _tokens(local, local.tokens.mint_refresh(code.grant), code.grant)


def _verify(asked: TokenRequest, challenge: str, method: str | None) -> None:
    if not asked.code_verifier:
        raise _missing("code_verifier")
    digest = asked.code_verifier
    if method == "S256":
        hashed = hashlib.sha256(asked.code_verifier.encode()).digest()
        digest = base64.urlsafe_b64encode(hashed).decode().rstrip("=")
    if not hmac.compare_digest(digest.encode(), challenge.encode()):
        raise _bad_grant("code_verifier")


def _tokens(local: Sandbox, refresh_token: str, grant: Grant) -> dict[str, Any]:
    return {
        "access_token": local.tokens.mint_access(refresh_token, grant),
        "refresh_token": refresh_token,
        "token_type": "bearer",
        "expires_in": 3600,
    }


@router.get("/user/profile")
def user_profile(
    request: Request,
    local: Local,
    authorization: Annotated[str | None, Header()] = None,
    access_token: Annotated[str | None, Query()] = None,
) -> JSONResponse:
    """The person who gave consent; needs the profile scope."""
    grant = local.tokens.access(bearer_of(request, authorization) or access_token or "")
    if grant is None:
        raise WireError(401, "The access token is invalid or has expired.", lwa="invalid_token")
    if not grant.has_scope("profile", "profile:user_id"):
        raise WireError(
            401,
            "The request requires higher privileges than provided by the access token.",
            lwa="insufficient_scope",
        )
    user = local.directory.user(grant.user_id)
    body = {"user_id": user.user_id}
    if grant.has_scope("profile"):
        body |= {"name": user.name, "email": user.email}
    if grant.has_scope("postal_code"):
        body["postal_code"] = "98109"
    return JSONResponse(body)
