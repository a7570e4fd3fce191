"""Media types of the look-ups that take and give only their own."""

from collections.abc import Callable

from fastapi import Request

from amc.sandbox.http.caller import ForProfile
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.sandbox import Local

SP = "application/vnd.spCampaign.v3+json"
SB = "application/vnd.sbcampaignresource.v4+json"
PRODUCTS_ASKED = "application/vnd.productmetadatarequest.v1+json"
PRODUCTS = "application/vnd.productmetadataresponse.v1+json"
_ANYTHING = ("", "*/*", "application/*")


def own_media(asked: str, answered: str) -> Callable[..., None]:
    """A dependency that refuses a Content-Type other than `asked` and an Accept without `answered`.

    Whoever calls is looked at first, so that a bad token is 401 whatever it is sent with.
    """

    def check(request: Request, local: Local, _profile: ForProfile) -> None:
        if not local.options.ads_media_types:
            return
        if _bare(request.scope.get("amc_content_type", "")) != asked.lower():
            raise WireError(415, f"Cannot consume content type; use {asked}")
        wanted = [_bare(part) for part in request.headers.get("accept", "").split(",")]
        if not any(kind in (*_ANYTHING, answered.lower()) for kind in wanted):
            raise WireError(406, f"Not acceptable; accept {answered}")

    return check


def _bare(kind: str) -> str:
    return kind.partition(";")[0].strip().lower()
