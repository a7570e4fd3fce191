"""GET and POST /ap/oa: the consent page of Login with Amazon."""

import html
from typing import Annotated
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from amc.sandbox.http.lwa_models import AuthorizeRequest
from amc.sandbox.http.sandbox import Local, Sandbox
from amc.sandbox.state import Client, Grant

router = APIRouter(tags=["Login with Amazon"])

SCOPES = {
    "advertising::campaign_management": "See and manage advertising campaigns and AMC",
    "advertising::audiences": "Manage advertiser audiences and uploads",
    "advertising::test:create_account": "Create test accounts",
    "cpc_advertising:campaign_management": "See and manage advertising campaigns (old name)",
    "profile": "Your name and e-mail address",
    "profile:user_id": "Your user id",
    "postal_code": "Your postal code",
}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title><style>
body{{font:16px/1.5 system-ui,sans-serif;background:#f3f3f3;color:#111;margin:0}}
main{{max-width:26rem;margin:3rem auto;background:#fff;border:1px solid #ccc;border-radius:8px;
padding:1.5rem}}button{{font:inherit;padding:.5rem 1.25rem;border-radius:6px;border:1px solid #888;
cursor:pointer;margin-right:.5rem}}button[value=allow]{{background:#ffd814}}
select{{font:inherit;width:100%;padding:.3rem}}code{{overflow-wrap:anywhere}}</style></head>
<body><main>{body}</main></body></html>"""


@router.get("/ap/oa", response_class=HTMLResponse)
def authorize(
    request: Request,
    local: Local,
    local_consent: Annotated[
        str | None, Query(description="allow or deny without the page; the local AMC only")
    ] = None,
    local_user: Annotated[str | None, Query(description="The user who decides")] = None,
    client_id: str = "",
    scope: str = "",
    response_type: str = "",
    redirect_uri: str = "",
) -> Response:
    """The page, or Amazon's error page, or a redirect where consent is automatic."""
    asked = AuthorizeRequest.model_validate(dict(request.query_params))
    client, problem = _check(local, asked)
    if client is None:
        return _error_page(problem)
    decision = local_consent or ("allow" if local.options.auto_consent else None)
    if decision is not None:
        return _redirect(local, asked, local_user, allowed=decision == "allow")
    return HTMLResponse(_consent_page(local, client, asked))


@router.post("/ap/oa", response_class=HTMLResponse)
def decide(
    request: Request,
    local: Local,
    decision: Annotated[str, Form()] = "deny",
    local_user: Annotated[str | None, Form()] = None,
) -> Response:
    """What the page's buttons send; the request itself travels in the query."""
    asked = AuthorizeRequest.model_validate(dict(request.query_params))
    client, problem = _check(local, asked)
    if client is None:
        return _error_page(problem)
    return _redirect(local, asked, local_user, allowed=decision == "allow")


def _check(local: Sandbox, asked: AuthorizeRequest) -> tuple[Client | None, str]:
    client = local.tokens.client(asked.client_id)
    if client is None:
        return None, "lwa-invalid-parameter-unknown-client-id"
    if not _redirect_allowed(client, asked.redirect_uri):
        return None, "lwa-invalid-parameter-bad-redirect-uri-vendor"
    if asked.response_type == "token":
        return None, "lwa-invalid-parameter-unauthorized-implicit-grant-request"
    if asked.response_type != "code":
        return None, "lwa-invalid-parameter-bad-response-type"
    scopes = asked.scope.split()
    if not scopes or any(scope not in SCOPES for scope in scopes):
        return None, "lwa-invalid-parameter-bad-scope"
    if asked.code_challenge_method not in (None, "S256", "plain"):
        return None, "lwa-invalid-parameter-bad-code-challenge-method"
    return client, ""


def _redirect_allowed(client: Client, address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.fragment or not host or any(ord(sign) < 33 for sign in address):
        return False
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        return False
    return not client.redirects or address in client.redirects


def _error_page(message: str) -> HTMLResponse:
    body = (
        "<h1>We're sorry!</h1><p>An error occurred when we tried to process your request.</p>"
        f"<p>Error Summary<br><strong>400 Bad Request</strong><br><code>errorMsg={message}</code>"
    )
    return HTMLResponse(_PAGE.format(title="Login with Amazon: error", body=body), 400)


def _redirect(
    local: Sandbox, asked: AuthorizeRequest, user_id: str | None, *, allowed: bool
) -> RedirectResponse:
    answer: dict[str, str] = {}
    if allowed:
        user = local.directory.user(user_id)
        grant = Grant(asked.client_id, user.user_id, asked.scope)
        method = asked.code_challenge_method or ("plain" if asked.code_challenge else None)
        answer["code"] = local.tokens.mint_code(
            grant, asked.redirect_uri, asked.code_challenge, method
        )
        answer["scope"] = asked.scope
    else:
        answer["error"] = "access_denied"
        answer["error_description"] = "Access not permitted."
    if asked.state is not None:
        answer["state"] = asked.state
    parts = urlsplit(asked.redirect_uri)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *answer.items()])
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 302)


def _consent_page(local: Sandbox, client: Client, asked: AuthorizeRequest) -> str:
    scopes = "".join(f"<li>{html.escape(SCOPES[scope])}</li>" for scope in asked.scope.split())
    users = "".join(
        f'<option value="{html.escape(user.user_id)}">{html.escape(user.label)}</option>'
        for user in local.directory.users()
    )
    query = html.escape(urlencode(asked.model_dump(exclude_none=True)))
    body = (
        f"<h1>Login with Amazon</h1><p><strong>{html.escape(client.name)}</strong> would like to:"
        f'</p><ul>{scopes}</ul><form method="post" action="oa?{query}">'
        f'<p><label>Signed in as <select name="local_user">{users}</select></label></p>'
        '<button name="decision" value="allow">Allow</button>'
        '<button name="decision" value="deny">Cancel</button></form>'
        "<p><small>This is the local AMC: nothing leaves this machine.</small></p>"
    )
    return _PAGE.format(title="Login with Amazon", body=body)
