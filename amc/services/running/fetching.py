"""Getting a result: all parts, then Parquet, then the row says READY. Never half of it."""

import json
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amc.api.client import InstanceApi
from amc.db.models import Execution
from amc.db.repos import executions as repo
from amc.errors import AmcError, ApiError, KeyFileError, ResultFormatError, StorageFullError
from amc.log import get_logger
from amc.results.store import ResultStore
from amc.services.amazon import Amazon
from amc.services.causes import explain_error
from amc.services.execution_views import view
from amc.services.executions import build_manifest
from amc.services.mappings import MappingsService
from amc.services.running.transitions import KEY_BACKOFF_S, Claim, Transitions, backoff_s
from amc.services.views import EventView, ExecutionDetail, as_json

if TYPE_CHECKING:
    from amc.results.ingest import IngestReport

log = get_logger(__name__)

# A result that is refused or no result is asked for so often.
_MOST_ATTEMPTS = 8
# Where nobody answers, it is tried for so long after the execution began.
_PATIENCE = timedelta(days=7)
_STATES = ("DOWNLOADING", "INGESTING")


class Fetching:
    """The step of the states DOWNLOADING and INGESTING."""

    def __init__(
        self,
        transitions: Transitions,
        amazon: Amazon,
        store: ResultStore,
        mappings: MappingsService,
        work_dir: Path,
    ) -> None:
        """Keep the parts; `work_dir` is where parts lie until they are stored."""
        self._t, self._amazon, self._store = transitions, amazon, store
        self._mappings, self._work_dir = mappings, work_dir

    def step(self, payload: dict[str, Any]) -> None:
        """The engine's entry: a claim."""
        claim = Claim(str(payload["execution"]), int(payload["fence"]))
        with self._t.database.read() as session:
            found = repo.one(session, claim.execution)
        if found is None or found[0].fence != claim.fence or found[0].state not in _STATES:
            return
        row, instance = found[0], found[1]
        self._work_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = Path(tempfile.mkdtemp(prefix=f"{row.public_id}-", dir=self._work_dir))
        try:
            with self._t.kept(claim, *_STATES):
                api = self._amazon.instance(instance.instance_id)
                parts = self._download(claim, api, row.amc_execution_id or "", folder)
                if not self._ingesting(claim):
                    return
                # Loaded here: only the worker pays for it.
                from amc.results.ingest import ingest

                report = ingest(
                    parts,
                    list(row.output_columns or []),
                    folder / "result.parquet",
                    work_dir=folder,
                )
                self._keep(claim, instance.instance_id, report, parts, folder)
        except AmcError as exc:
            self._failed(claim, exc)
        except OSError as exc:
            self._failed(claim, StorageFullError(f"The result cannot be written: {exc.strerror}."))
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _download(
        self, claim: Claim, api: InstanceApi, amc_execution: str, folder: Path
    ) -> list[Path]:
        """Every part, in order; links that expire on the way are asked for anew."""
        links = api.get_download_urls(amc_execution).download_urls
        parts: list[Path] = []
        for number in range(len(links)):
            target = folder / f"part-{number}.csv"
            try:
                api.download(links[number], target)
            except ApiError as exc:
                if exc.status not in (400, 403):
                    raise
                links = api.get_download_urls(amc_execution).download_urls
                if number >= len(links):
                    raise ResultFormatError("Amazon lists fewer files than before.") from exc
                api.download(links[number], target)
            parts.append(target)
            self._t.renew(claim, "DOWNLOADING")
        if not parts:
            raise ResultFormatError(
                "Amazon gave no file for this execution.",
                hint="It is tried again; if that does not help, run the execution again.",
            )
        return parts

    def _ingesting(self, claim: Claim) -> bool:
        with self._t.database.write() as session:
            row = self._t.owned(session, claim, *_STATES)
            if row is None:
                return False
            if row.state == "DOWNLOADING":
                self._t.enter(session, row, "INGESTING", same_step=True)
            return True

    def _keep(
        self,
        claim: Claim,
        instance_id: str,
        report: "IngestReport",
        parts: list[Path],
        folder: Path,
    ) -> None:
        """Store the files, then say so: what no row points to does not exist for anybody."""
        prefix = f"{claim.execution}/{claim.fence}"
        uri = self._store.put(folder / "result.parquet", f"{prefix}/result.parquet")
        raw = [self._store.put(part, f"{prefix}/{part.name}") for part in parts]
        with self._t.database.write() as session:
            row = self._t.owned(session, claim, "INGESTING")
            if row is None:
                return
            row.rows, row.result_uri, row.reason = report.rows, uri, ""
            row.result = as_json(report.to_dict()) | {"raw": raw}
            self._mappings.note_seen(session, row.public_id, instance_id, report.campaign_ids)
            row.finished_at = self._t.clock.now()
            self._t.enter(session, row, "READY", f"{report.rows:,} rows")
        self._keep_manifest(claim, prefix, folder)

    def _keep_manifest(self, claim: Claim, prefix: str, folder: Path) -> None:
        """A copy of the manifest beside the files; our tables can give it at any time."""
        with self._t.database.read() as session:
            found = repo.one(session, claim.execution)
            if found is None:
                return
            row = found[0]
            detail = ExecutionDetail(
                view(found),
                row.author_sql,
                row.sent_sql,
                row.written_sql,
                list(row.declarations),
                dict(row.parameter_values),
                list(row.output_columns or []),
                [
                    EventView(e.at, e.state, e.text, e.request_id)
                    for e in repo.events(session, row.id)
                ],
            )
        manifest = folder / "manifest.json"
        manifest.write_text(json.dumps(build_manifest(detail), ensure_ascii=False, indent=2))
        stored = self._store.put(manifest, f"{prefix}/manifest.json")
        with self._t.database.write() as session:
            ready = repo.row(session, claim.execution, lock=True)
            if ready is not None and ready.fence == claim.fence:
                ready.result = (ready.result or {}) | {"manifest": stored}

    def _failed(self, claim: Claim, exc: AmcError) -> None:
        with self._t.database.write() as session:
            row = self._t.owned(session, claim, *_STATES)
            if row is None:
                return
            if isinstance(exc, KeyFileError):
                self._t.wait_for_key(session, row, exc)
                self._t.again_in(row, backoff_s(row.attempt, most_s=KEY_BACKOFF_S))
                return
            request_id = exc.request_id if isinstance(exc, ApiError) else ""
            if self._tried_again(row, exc):
                # The same trouble every five minutes is told once.
                if row.reason != exc.message:
                    self._t.note(session, row, f"tried again later: {exc.message}", request_id)
                row.reason = exc.message
                self._t.again_in(row, backoff_s(row.attempt))
                return
            self._t.finish(
                session,
                row,
                "FAILED",
                reason=exc.message,
                cause=explain_error(exc),
                request_id=request_id,
            )

    def _tried_again(self, row: Execution, exc: AmcError) -> bool:
        """Whether what failed may still come: a host or disk that is away may be so for days."""
        if isinstance(exc, StorageFullError):
            return True
        if exc.transient and self._t.clock.now() - (row.submitted_at or row.created_at) < _PATIENCE:
            return True
        refused = isinstance(exc, ResultFormatError | ApiError)
        return refused and row.attempt < _MOST_ATTEMPTS
