"""Whether a browser sends a request for a page of another site.

Any page may have a browser POST to this machine without a body and without being asked first. One
that points its own name at this machine (DNS rebinding) is of our origin by the headers: a browser
must ask by an address or as localhost. Programs send neither header and pass.
"""

from ipaddress import ip_address
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
    host = headers.get("host", "").lower()
    if (site or origin is not None) and not _cannot_be_pointed(host):
        return True
    return origin is not None and urlsplit(origin).netloc.lower() != host


def _cannot_be_pointed(host: str) -> bool:
    """Whether a host is an address, or the one name that nobody else answers for."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or bool(ip_address(name))
    except ValueError:
        return False
