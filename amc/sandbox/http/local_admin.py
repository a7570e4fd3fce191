"""/_local: clock, options, faults, tokens, reset. Not Amazon's: ours."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import JSONResponse

from amc.sandbox.http.errors import WireError
from amc.sandbox.http.sandbox import Local
from amc.sandbox.runner.faults import Fault, fields
from amc.sandbox.runner.options import options_help
from amc.sandbox.state import Client, Grant

router = APIRouter(prefix="/_local", tags=["Local administration"])


class ClockChange(BaseModel):
    """What to do with the clock; any of them together."""

    model_config = ConfigDict(extra="forbid")

    now: AwareDatetime | None = Field(None, description="Jump to an instant")
    advance_s: float | None = Field(
        None, ge=-4e9, le=4e9, allow_inf_nan=False, description="Move on by so many seconds"
    )
    factor: float | None = Field(
        None, ge=0, le=1e7, allow_inf_nan=False, description="Speed; 0 freezes"
    )
    freeze: bool | None = Field(None, description="true: as factor 0; false: as factor 1")
    skew_s: float | None = Field(
        None, ge=-1e7, le=1e7, allow_inf_nan=False, description="Be off by so many seconds"
    )


@router.get("/health")
def health(local: Local) -> dict[str, Any]:
    """That it answers, and what it is."""
    return {"status": "ok", "world": local.world_name, "seed": local.seed,
            "live": local.runner.live_count()}  # fmt: skip


@router.get("/clock")
def get_clock(local: Local) -> dict[str, Any]:
    """Time, factor, skew."""
    return local.clock.describe()


@router.put("/clock")
@router.post("/clock", include_in_schema=False)
def set_clock(local: Local, body: ClockChange) -> dict[str, Any]:
    """Change the clock."""
    factor = body.factor
    if body.freeze is not None:
        factor = 0.0 if body.freeze else 1.0
    at = body.now
    if at is not None and not datetime(1970, 1, 3).date() < at.date() < datetime(9000, 1, 1).date():  # noqa: DTZ001
        raise WireError(400, "The clock can be set to years 1970 to 9000.")
    try:
        local.clock.change(at=at, factor=factor, advance_s=body.advance_s, skew_s=body.skew_s)
    except OverflowError:
        raise WireError(400, "The clock cannot be set that far.") from None
    return local.clock.describe()


@router.get("/options")
def get_options(local: Local) -> dict[str, Any]:
    """Every switch."""
    return local.options.model_dump()


@router.get("/options/help")
def help_with_options() -> dict[str, str]:
    """What every switch stands for."""
    return options_help()


@router.put("/options")
def set_options(local: Local, body: dict[str, Any]) -> JSONResponse:
    """Change some switches; all of them or none."""
    try:
        checked = local.options.model_validate({**local.options.model_dump(), **body})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return JSONResponse({"message": f"{where}: {first['msg']}"}, 400)
    for name in body:
        setattr(local.options, name, getattr(checked, name))
    local.remember_options(body)
    local.runner.wake()
    return JSONResponse(local.options.model_dump())


@router.get("/faults")
def list_faults(local: Local) -> dict[str, Any]:
    """Faults that are on, with how often they struck; every kind there is and what each takes."""
    return {
        "faults": [fault.model_dump() for fault in local.faults.all()],
        "kinds": local.faults.describe(),
        "fields": fields(),
    }


@router.post("/faults")
def add_fault(local: Local, body: Fault) -> dict[str, Any]:
    """Switch a fault on."""
    added = local.faults.add(body.model_copy(update={"seen": 0, "struck": 0, "in_row": 0}))
    if added.kind == "clock_skew":
        local.clock.change(skew_s=added.seconds)
    local.runner.wake()
    return added.model_dump()


@router.delete("/faults")
def clear_faults(local: Local) -> dict[str, int]:
    """Switch every fault off."""
    return _remove(local, None)


@router.delete("/faults/{fault_id}")
def clear_fault(local: Local, fault_id: str) -> dict[str, int]:
    """Switch one fault off."""
    return _remove(local, fault_id)


def _remove(local: Local, fault_id: str | None) -> dict[str, int]:
    removed = local.faults.remove(fault_id)
    if local.faults.standing("clock_skew") is None and local.clock.skew_s:
        local.clock.change(skew_s=0.0)
    local.runner.wake()
    return {"removed": removed}


class GrantBody(BaseModel):
    """A refresh token without the consent page, for tests that do not test it."""

    client_id: str = "amzn1.application-oa2-client.local"
    user_id: str | None = None
    scope: str = "advertising::campaign_management profile"
    refresh_token: str | None = Field(None, max_length=2048)


@router.post("/tokens")
def mint_tokens(local: Local, body: GrantBody) -> dict[str, str]:
    """A refresh token and an access token."""
    if local.tokens.client(body.client_id) is None:
        raise WireError(400, f"There is no client {body.client_id}.")
    grant = Grant(body.client_id, local.directory.user(body.user_id).user_id, body.scope)
    refresh = local.tokens.mint_refresh(grant, body.refresh_token)
    return {"refresh_token": refresh, "access_token": local.tokens.mint_access(refresh, grant)}


@router.post("/tokens/revoke")
def revoke_tokens(
    local: Local,
    client_id: Annotated[str | None, Query()] = None,
    refresh_token: Annotated[str | None, Query()] = None,
) -> dict[str, int]:
    """Revoke refresh tokens (one, a client's, or all) with their access tokens."""
    return {"revoked": local.tokens.revoke(client_id=client_id, token=refresh_token)}


@router.post("/tokens/expire")
def expire_tokens(local: Local, client_id: Annotated[str | None, Query()] = None) -> dict[str, int]:
    """End access tokens now; refresh tokens stay good."""
    return {"expired": local.tokens.expire_access(client_id=client_id)}


class ClientBody(BaseModel):
    """A client to add."""

    client_id: str = Field(min_length=1)
    secret: str = Field(min_length=1)
    name: str = "Another app"
    redirects: list[str] = Field(default_factory=list)
    grants: list[Literal["authorization_code", "refresh_token"]] = Field(
        default_factory=list, description="Grant types it may use; empty: all"
    )


@router.post("/clients")
def add_client(local: Local, body: ClientBody) -> dict[str, str]:
    """Add or change an LwA client."""
    local.tokens.add_client(
        Client(body.client_id, body.secret, body.name, tuple(body.redirects), tuple(body.grants))
    )
    return {"client_id": body.client_id}


@router.post("/reset")
def reset(local: Local) -> dict[str, str]:
    """Forget everything but the clock."""
    local.reset()
    return {"status": "reset"}
