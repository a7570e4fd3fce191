"""The download route: a result's file, streamed to whoever may see it."""

import re
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from amc.errors import AccessDeniedError, AmcError, MissingError, UsageError
from amc.log import get_logger
from amc.services.results import Download
from amc.ui.cookies import token_of
from amc.ui.desk import guarded
from amc.ui.errors import report
from amc.ui.process import services

log = get_logger(__name__)

_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f"\\/:*?<>|]+')
_LONGEST_NAME = 150


def download(request: Request) -> Response:
    """A result in the form that the address names; the file made for it is removed after."""
    execution_id = request.path_params["execution_id"]
    form = request.path_params["form"]
    try:
        here = services()
        token = token_of(request.cookies, here.settings)
        user = here.users.session(token) or here.users.held(token)
        made: Download = guarded(here, "results", user).download(execution_id, form)
    except AmcError as error:
        log.warning("no download", action="download.refused", error=error.to_dict())
        return PlainTextResponse(str(error), _status(error))
    except Exception as error:  # the browser gets a reference, the log the rest
        reference = report(error, where="download")
        return PlainTextResponse(f"The file could not be made (reference {reference}).", 500)
    log.info(
        "download", action="download", execution=execution_id, form=form, user=user and user.name
    )
    return FileResponse(
        made.path,
        media_type=made.media_type,
        headers={"Content-Disposition": content_disposition(made.file_name)},
        background=BackgroundTask(made.path.unlink, missing_ok=True),
    )


def _status(error: AmcError) -> int:
    if isinstance(error, AccessDeniedError):
        return 403
    if isinstance(error, MissingError | UsageError):
        return 404
    return 503 if error.transient else 409


def content_disposition(file_name: str) -> str:
    """The header for a download under a name, for old and new browsers (RFC 6266)."""
    stem, dot, suffix = _FORBIDDEN.sub("_", file_name).strip(". ").rpartition(".")
    name = f"{stem[:_LONGEST_NAME]}{dot}{suffix[:20]}" or "result"
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    encoded = quote(name.encode("utf-8", "replace"), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
