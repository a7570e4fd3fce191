"""Whether a browser sends a request for a page of another site.

Any page may have a browser POST to this machine without a body and without being asked first.
Programs send neither header and pass.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

_READS = ("GET", "HEAD", "OPTIONS")


def foreign(scope: Scope) -> bool:
    """Whether a request that changes something comes from another origin than our own."""
    if scope["method"] in _READS:
        return False
    headers = Headers(scope=scope)
    site, origin = headers.get("sec-fetch-site", ""), headers.get("origin")
    if site not in ("", "same-origin", "none"):
        return True
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()
