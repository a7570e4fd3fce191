"""What happens when the app's process starts and ends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool

from amc.auth.passwords import warm_up
from amc.errors import AmcError, SettingsError
from amc.log import configure, get_logger
from amc.settings import load_settings
from amc.ui import process

log = get_logger(__name__)

# Option → the only value that the product is safe with. `.streamlit/config.toml` sets them.
REQUIRED_OPTIONS: dict[str, Any] = {
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.trustedUserHeaders": {},
    # What needs a session is known by its path.
    "server.baseUrlPath": "",
    "client.showErrorDetails": "none",
    "browser.gatherUsageStats": False,
}


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Check the server's options, build the services, close them at the end.

    Raises:
        SettingsError: an option would open a hole; the app does not start.
    """
    settings = load_settings()
    configure(json_lines=settings.log_json, level=settings.log_level)
    require_safe_options()
    try:
        await run_in_threadpool(process.services)
    except AmcError as error:
        # The app starts all the same: its pages say what is wrong and work once it is mended.
        log.error("not ready", action="app.not_ready", error=error.to_dict())
    await run_in_threadpool(warm_up)
    yield
    process.close()


def require_safe_options() -> None:
    """Refuse to serve with options that would undo the product's protections.

    Raises:
        SettingsError: names each option and what it has to be.
    """
    wrong = [
        f"{name} must be {wanted!r}"
        for name, wanted in REQUIRED_OPTIONS.items()
        if _differs(st.get_option(name), wanted)
    ]
    if wrong:
        raise SettingsError(
            f"The app's server options are not safe: {'; '.join(wrong)}.",
            hint="Start it in the project's folder, or set them in .streamlit/config.toml.",
        )


def _differs(value: Any, wanted: Any) -> bool:
    return bool(value) if wanted == {} else value != wanted
