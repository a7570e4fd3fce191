"""The session cookie, and local addresses to go back to."""

import hashlib
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.responses import Response

from amc.settings import Settings

_LONGEST_PATH = 2000
_KNOWN_S = 30 * 24 * 3600


def cookie_name(settings: Settings) -> str:
    """The cookie's name: browsers share cookies between ports, two installations must not meet."""
    seed = settings.app_url or str(settings.data_dir)
    name = f"amc_session_{hashlib.sha256(seed.encode()).hexdigest()[:8]}"
    return f"__Host-{name}" if is_https(settings) else name


def is_https(settings: Settings) -> bool:
    """Whether browsers reach the app over https."""
    return settings.app_base_url.startswith("https://")


def token_of(cookies: Mapping[str, str], settings: Settings) -> str:
    """The session's token among a request's cookies; empty when there is none."""
    return cookies.get(cookie_name(settings), "")


def browser_cookie_name(settings: Settings) -> str:
    """The cookie by which a browser is known after its session has ended."""
    return cookie_name(settings).replace("amc_session_", "amc_browser_")


def browser_of(cookies: Mapping[str, str], settings: Settings) -> str:
    """The token of the browser's latest session, ended or not; empty when it never had one."""
    return cookies.get(browser_cookie_name(settings), "")


def set_session(response: Response, settings: Settings, token: str) -> None:
    """Hand the token to the browser, out of every script's reach.

    Twice: the second cookie outlives the session and opens nothing by itself; it tells the
    throttle that this is a browser of the user's (see `amc.auth.throttle`).
    """
    lives = {cookie_name(settings): settings.session_max_s, browser_cookie_name(settings): _KNOWN_S}
    for name, max_age in lives.items():
        response.set_cookie(
            name,
            token,
            max_age=max_age,
            path="/",
            httponly=True,
            samesite="lax",
            secure=is_https(settings),
        )


def clear_session(response: Response, settings: Settings) -> None:
    """Take the token back."""
    response.delete_cookie(
        cookie_name(settings),
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_https(settings),
    )


def local_path(wanted: str) -> str:
    r"""An address of our own to go to next, or `/` when it is not certainly one.

    Browsers read `//host` and `/\host` as other hosts, and drop tabs and line breaks.
    """
    if not wanted.startswith("/") or len(wanted) > _LONGEST_PATH:
        return "/"
    if wanted[1:2] in ("/", "\\") or "\\" in wanted or not wanted.isprintable():
        return "/"
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or "//" in parts.path or not wanted.isascii():
        return "/"
    if parts.path.startswith(("/auth/", "/oauth/", "/download/", "/_stcore/")):
        return "/"
    return wanted
