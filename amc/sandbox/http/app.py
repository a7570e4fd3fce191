"""The application: every router behind the front door, and how errors are written."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from amc.log import get_logger
from amc.sandbox.http import (
    accounts,
    advertisers,
    campaigns,
    data_sources,
    downloads,
    errors,
    executions,
    executions_list,
    instances,
    local_admin,
    local_log,
    lwa_consent,
    lwa_token,
    products,
    profiles,
    schedules,
    sd_dsp,
    workflows,
)
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.front import Front
from amc.sandbox.http.sandbox import Sandbox

log = get_logger(__name__)

_ROUTERS = (
    lwa_consent, lwa_token, profiles, accounts, instances, advertisers, data_sources, workflows,
    executions_list, executions, downloads, schedules, campaigns, sd_dsp, products, local_admin,
    local_log,
)  # fmt: skip


def build_app(sandbox: Sandbox) -> ASGIApp:
    """The whole ASGI application over one local AMC, which it starts and closes."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        sandbox.start()
        yield
        sandbox.close()

    app = FastAPI(
        title="Local AMC",
        description="Amazon's Login, Ads and AMC interfaces as AMC Manager uses them, "
        "over synthetic data.",
        openapi_url="/_local/openapi.json",
        docs_url="/_local/docs",
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.sandbox = sandbox
    for module in _ROUTERS:
        app.include_router(module.router)
    _add_pages(app)
    _add_handlers(app)
    return Front(app, sandbox)


def _add_pages(app: FastAPI) -> None:
    page = resources.files("amc.sandbox.http").joinpath("control.html").read_text("utf-8")

    @app.get("/", include_in_schema=False)
    def root() -> Response:
        return RedirectResponse("/_local")

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> Response:
        return Response(status_code=204)  # browsers ask; the log of requests is Amazon's alone

    @app.get("/_local", include_in_schema=False)
    def control() -> Response:
        return HTMLResponse(page)


def _add_handlers(app: FastAPI) -> None:
    @app.exception_handler(WireError)
    async def wire(request: Request, error: WireError) -> Response:
        # The specification lists 404 for single objects, never for a POST.
        if error.unknown_id and request.method != "POST":
            error.status = app.state.sandbox.options.unknown_id_status
        return errors.answer(request.url.path, error, request.scope["amc_request_id"])

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        status, text = errors.describe_validation(error.errors())
        refusal = WireError(status, text)
        return errors.answer(request.url.path, refusal, request.scope["amc_request_id"])

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 400 and not request.url.path.startswith("/_local"):
            # A body too deep or too large for the JSON reader.
            refusal = WireError(400, "Request body is not valid JSON.")
            return errors.answer(request.url.path, refusal, request.scope["amc_request_id"])
        # What the gateway says to a path or method that nobody serves.
        text = "Missing Authentication Token" if error.status_code == 404 else str(error.detail)
        status = 403 if error.status_code == 404 else error.status_code
        if request.url.path.startswith("/_local"):
            text, status = str(error.detail), error.status_code
        refusal = WireError(status, text, headers=dict(error.headers or {}))
        return errors.answer("/", refusal, request.scope["amc_request_id"])

    @app.exception_handler(Exception)
    async def defect(request: Request, error: Exception) -> Response:
        log.error("defect", action="http.defect", path=request.url.path, error=repr(error))
        refusal = WireError(500, "Internal server error")
        return errors.answer(request.url.path, refusal, request.scope["amc_request_id"])
