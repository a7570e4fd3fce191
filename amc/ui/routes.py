"""Routes beside the pages: the cookie, Amazon's way back, downloads, health.

The browser gets nothing of an error but a word or a reference; the log has the rest.
"""

from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from amc.auth.roles import CurrentUser, Role
from amc.errors import (
    AmcError,
    ClientRejectedError,
    KeyFileError,
    LoginError,
    SignInError,
)
from amc.log import get_logger
from amc.services.consent import ConsentDeniedError, ForeignLinkError, LinkError
from amc.ui import keys
from amc.ui.cookies import clear_session, local_path, set_session, token_of
from amc.ui.download import download
from amc.ui.errors import report
from amc.ui.headers import same_origin
from amc.ui.navigation import START
from amc.ui.process import services

log = get_logger(__name__)

_LONGEST_FORM = 8192
_REFUSED = PlainTextResponse("This request does not come from a page of this app.", 403)


def routes() -> list[BaseRoute]:
    """What `st.App` serves beside Streamlit's own."""
    return [
        Route("/auth/claim", claim, methods=["POST"]),
        Route("/auth/sign-out", sign_out, methods=["POST"]),
        Route("/oauth/callback", oauth_callback, methods=["GET"]),
        Route("/download/{execution_id}/{form}", download, methods=["GET"]),
        Route("/healthz", healthz, methods=["GET"]),
        # The start page lives at the root; its name is an address too.
        Route(f"/{START.name}", start_page, methods=["GET"]),
    ]


def see_other(path: str, **query: str) -> RedirectResponse:
    """Go to a page of ours, by GET."""
    return RedirectResponse(f"{path}?{urlencode(query)}" if query else path, 303)


def signed_in(request: Request) -> CurrentUser | None:
    """Whose session the request's cookie is (asks the database)."""
    here = services()
    return here.users.session(token_of(request.cookies, here.settings))


async def _form(request: Request) -> FormData | None:
    """A small form sent by a page of ours; None for anything else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    length = request.headers.get("content-length", "")
    if kind != "application/x-www-form-urlencoded" or not same_origin(request.scope):
        return None
    if not length.isascii() or not length.isdigit() or int(length) > _LONGEST_FORM:
        return None
    return await request.form()


async def claim(request: Request) -> Response:
    """Swap a sign-in ticket for the session cookie and go where the browser wanted to be."""
    form = await _form(request)
    if form is None:
        return _REFUSED
    here = await run_in_threadpool(services)
    try:
        token = await run_in_threadpool(here.users.claim, str(form.get("ticket", "")))
    except SignInError:
        return see_other("/", **{keys.NOTICE: "sign-in-old"})
    response = see_other(local_path(str(form.get("next", "/"))))
    set_session(response, here.settings, token)
    return response


async def sign_out(request: Request) -> Response:
    """End the session and take the cookie back."""
    if await _form(request) is None:
        return _REFUSED
    here = await run_in_threadpool(services)
    await run_in_threadpool(here.users.sign_out, token_of(request.cookies, here.settings))
    response = see_other("/", **{keys.NOTICE: "signed-out"})
    clear_session(response, here.settings)
    return response


def oauth_callback(request: Request) -> Response:
    """Where Amazon sends the browser back to after consent."""
    user = signed_in(request)
    if user is None or not user.has(Role.ADMIN):
        return see_other("/settings", **{keys.NOTICE: "sign-in-first"})
    asked, here = request.query_params, services()
    try:
        made = here.connections.complete(
            state=asked.get("state", ""),
            code=asked.get("code", ""),
            error=asked.get("error", ""),
            description=asked.get("error_description", ""),
            bound_to=token_of(request.cookies, here.settings),
            actor=user.name,
        )
    except AmcError as error:
        return see_other("/settings", **_login_failed(error))
    problem = made.discovered.get("problem")
    return see_other("/settings", **{keys.NOTICE: "connected-but" if problem else "connected"})


_REFUSALS: tuple[tuple[type[AmcError], str], ...] = (
    (ConsentDeniedError, "consent-denied"),
    (ForeignLinkError, "link-foreign"),
    (LinkError, "link-old"),
    (ClientRejectedError, "client-rejected"),
    (KeyFileError, "key-locked"),
    (LoginError, "code-refused"),
)


def _login_failed(error: AmcError) -> dict[str, str]:
    """The word for what went wrong; Amazon's own words stay in the log."""
    for kind, word in _REFUSALS:
        if isinstance(error, kind):
            log.warning("login not connected", action="oauth.refused", error=error.to_dict())
            return {keys.NOTICE: word}
    word = "amazon-away" if error.transient else "login-failed"
    return {keys.NOTICE: word, keys.REFERENCE: report(error, where="oauth")}


def healthz(_request: Request) -> Response:
    """Whether the app and its database answer: 200 or 503; the scheduler's state beside it.

    A job of the scheduler that fails is told by its name and since when, at 200: this app can
    serve all the same, and a load balancer that took it out would only hide the page that says so.
    """
    try:
        here = services()
        here.health.check_database()
        scheduler = "running" if here.health.scheduler_alive() else "not running"
        failing = {one.job: one.since.isoformat() for one in here.health.failing_jobs()[::-1]}
    except AmcError as error:
        log.warning("not healthy", action="health.failed", error=error.to_dict())
        return JSONResponse({"status": "failed", "reason": type(error).__name__}, 503)
    answer: dict[str, object] = {"status": "ok", "database": "ok", "scheduler": scheduler}
    if failing:
        answer |= {"status": "degraded", "failing": failing}
    return JSONResponse(answer)


def start_page(request: Request) -> Response:
    """The start page by its name, with its filters."""
    query = request.url.query
    return RedirectResponse(f"/?{query}" if query else "/", 307)
