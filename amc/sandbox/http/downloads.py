"""Download addresses, and the file server behind them that stands for S3."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from amc.sandbox.http.answers import EXECUTIONS, reply
from amc.sandbox.http.caller import ForInstance
from amc.sandbox.http.drop import drop
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.executions import find
from amc.sandbox.http.sandbox import Local, Sandbox
from amc.sandbox.runner.faults import Fault
from amc.sandbox.runner.results import ResultFolder
from amc.sandbox.state import ExecutionRow

router = APIRouter(tags=["Downloads"])

LIFE_S = 600
_FORM = "%Y%m%dT%H%M%SZ"
_CHUNK = 65536


@router.get("/amc/reporting/{instance_id}/workflowExecutions/{execution_id}/downloadUrls")
def download_urls(
    request: Request, local: Local, call: ForInstance, execution_id: str
) -> JSONResponse:
    """Addresses of the result files, good for ten minutes."""
    row = find(local, call, execution_id)
    files = row.private.get("files") or {}
    bare = row.doc["disableAggregationControls"] and not row.doc.get("requireSyntheticData")
    if row.status != "SUCCEEDED" or not files or bare:
        raise WireError(400, f"Execution with ID {execution_id} is unavailable for download.")
    foreign = local.faults.strike(
        "foreign_link",
        route=f"GET {request.url.path}",
        instance=row.instance_id,
        client=call.caller.client_id,
    )
    if foreign is not None:
        return reply(
            request, {"downloadUrls": [foreign.url], "metadataDownloadUrls": []}, EXECUTIONS
        )
    base = str(request.base_url).rstrip("/")
    folder = next(iter(files)).rpartition("/")[0]
    body = {
        "downloadUrls": [_sign(local, base, row, key) for key in files],
        "metadataDownloadUrls": [_sign(local, base, row, f"{folder}/metadata.json")],
    }
    return reply(request, body, EXECUTIONS)


def _sign(local: Sandbox, base: str, row: ExecutionRow, key: str) -> str:
    path = f"/amc-results/{row.execution_id}/{key}"
    at = local.clock.now().strftime(_FORM)
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Date": at,
        "X-Amz-Expires": str(LIFE_S),
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": _signature(local, path, at),
    }
    return f"{base}{quote(path)}?{urlencode(query)}"


def _signature(local: Sandbox, path: str, at: str) -> str:
    key = bytes.fromhex(local.store.get("signing_key"))
    return hmac.new(key, f"{path}\n{at}\n{LIFE_S}".encode(), hashlib.sha256).hexdigest()


def _refuse(status: int, code: str, message: str) -> Response:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    )
    return Response(text, status, media_type="application/xml")


@router.get("/amc-results/{execution_id}/{key:path}", include_in_schema=False)
def fetch(request: Request, local: Local, execution_id: str, key: str) -> Response:
    """A result file: signed address, no second credentials, ranges."""
    if "authorization" in request.headers or any(
        name.startswith("amazon-advertising-api") for name in request.headers
    ):
        return _refuse(
            400, "InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm "
            "query parameter, Signature query string parameter or the Authorization header "
            "should be specified",
        )  # fmt: skip
    row = local.executions.by_id(execution_id)
    refusal = _check_signature(request, local, f"/amc-results/{execution_id}/{key}", row)
    if refusal is not None:
        return refusal
    files = (row.private.get("files") or {}) if row else {}
    name = "metadata.json" if key.endswith("/metadata.json") else files.get(key)
    path = ResultFolder(local.results, execution_id).path / str(name)
    last = len(files) > 1 and key == list(files)[-1]
    lost = row is not None and last and _strike(local, row, key, "missing_part") is not None
    if row is None or name is None or lost or not path.is_file():
        return _refuse(404, "NoSuchKey", "The specified key does not exist.")
    return _serve(request, local, row, path)


def _strike(local: Sandbox, row: ExecutionRow, key: str, *kinds: str) -> Fault | None:
    """A fault of the files of an execution, by its instance, its client and the file's path."""
    return local.faults.strike(
        *kinds,
        route=f"GET /amc-results/{row.execution_id}/{key}",
        instance=row.instance_id,
        client=row.private["client_id"],
    )


def _check_signature(
    request: Request, local: Sandbox, path: str, row: ExecutionRow | None
) -> Response | None:
    query = request.query_params
    at = query.get("X-Amz-Date", "")
    wanted = _signature(local, path, at)
    given = query.get("X-Amz-Signature", "")
    if not hmac.compare_digest(wanted.encode(), given.encode()):
        return _refuse(
            403, "SignatureDoesNotMatch", "The request signature we calculated does not match the "
            "signature you provided. Check your key and signing method.",
        )  # fmt: skip
    expires = datetime.strptime(at, _FORM).replace(tzinfo=UTC) + timedelta(seconds=LIFE_S)
    key = path.partition(f"/{row.execution_id}/")[2] if row else ""
    fault = _strike(local, row, key, "link_expired") if row else None
    if local.clock.now() >= expires or fault is not None:
        return _refuse(403, "AccessDenied", "Request has expired")
    return None


def _serve(request: Request, local: Sandbox, row: ExecutionRow, path: Path) -> Response:
    size = path.stat().st_size
    span = _range(request.headers.get("range"), size)
    if span is None:
        return _refuse(416, "InvalidRange", "The requested range is not satisfiable")
    first, last = span
    partial = (first, last) != (0, size - 1) and size > 0
    etag = hashlib.sha256(f"{row.execution_id}/{path.name}/{size}".encode()).hexdigest()[:32]
    headers = {
        "Content-Length": str(last - first + 1),
        "Accept-Ranges": "bytes",
        "ETag": f'"{etag}"',
    }
    if partial:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    kind = "application/json" if path.suffix == ".json" else "text/csv"
    fault = _strike(local, row, path.name, "slow_download", "torn_download")
    pace = fault.bytes_per_s if fault and fault.kind == "slow_download" else None
    cut = fault.fraction if fault and fault.kind == "torn_download" else None
    total = last - first + 1
    stop_after = None if cut is None else int(total * cut)
    return _FileAnswer(
        _read(path, first, total, pace, stop_after),
        206 if partial else 200,
        headers,
        kind,
        torn=cut is not None,
    )


def _range(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte; None when nothing of it is there. An odd header is ignored."""
    unit, _, spec = (header or "").partition("=")
    first, _, last = spec.partition("-")
    if unit.strip() != "bytes" or "," in spec or not (first + last).isdigit():
        return 0, size - 1
    if not first:
        wanted = min(int(last), size)
        return (size - wanted, size - 1) if wanted else None
    if int(first) >= size:
        return None
    return int(first), min(int(last), size - 1) if last else size - 1


async def _read(
    path: Path, first: int, total: int, pace: int | None, stop_after: int | None
) -> AsyncIterator[bytes]:
    left = total if stop_after is None else stop_after
    with path.open("rb") as file:
        file.seek(first)
        while left > 0:
            size = min(left, _CHUNK if pace is None else max(1, pace // 10))
            data = await asyncio.to_thread(file.read, size)
            if not data:
                return
            left -= len(data)
            yield data
            if pace is not None:
                await asyncio.sleep(0.1)


class _FileAnswer(StreamingResponse):
    """A file; a torn one has its connection cut where it should go on."""

    def __init__(
        self,
        content: AsyncIterator[bytes],
        status: int,
        headers: dict[str, str],
        media_type: str,
        *,
        torn: bool,
    ) -> None:
        super().__init__(content, status, headers, media_type)
        self._torn = torn

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._torn:
            await super().__call__(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": self.status_code,
                    "headers": self.raw_headers})  # fmt: skip
        async for chunk in self.body_iterator:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await asyncio.sleep(0.05)  # let what was sent leave before the cut
        await drop(scope)
