"""Results: looked at, and taken along as CSV, Excel, Parquet or web page."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amc.errors import ResultError, UsageError
from amc.services.result_views import ResultViews
from amc.services.views import ExecutionView

# What reads, draws and writes results is loaded where it is used: pandas, pyarrow and Plotly
# would cost every command a second or more.
if TYPE_CHECKING:
    from amc.results.export import Export

FORMS = ("csv", "csv-safe", "xlsx", "parquet", "html")
SUFFIXES = {"csv": ".csv", "csv-safe": ".csv", "xlsx": ".xlsx", "parquet": ".parquet",
            "html": ".html"}  # fmt: skip
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "csv-safe": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "html": "text/html; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Download:
    """An export that is ready to be sent to a browser."""

    path: Path
    file_name: str
    media_type: str
    rows: int
    notices: tuple[str, ...]


class ResultsService(ResultViews):
    """Everything about results."""

    # Taking along

    def write(
        self, execution_ids: Sequence[str], out: Path, *, form: str, with_instance: bool
    ) -> int:
        """Write results into one file; rows written.

        Args:
            execution_ids: in this order; all must have a result.
            out: the file.
            form: csv, csv-safe, xlsx, parquet or html.
            with_instance: put the instance's id in front of each row.

        Raises:
            UsageError: an unknown form.
            MissingError, ResultError, StoreError, StorageFullError: it cannot be read or written.
        """
        return self._export(execution_ids, out, form, with_instance=with_instance).rows

    def download(self, execution_id: str, form: str) -> Download:
        """An export in a file of its own, for a browser. The caller removes the file.

        Raises:
            As `write`.
        """
        found = self._ready(execution_id)
        folder = self._settings.data_dir / "work" / "exports"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if form not in FORMS:
            raise UsageError(f"A result can be had as {', '.join(FORMS)}.")
        stamp = self._clock.now().strftime("%Y%m%dT%H%M%S%f")
        path = folder / f"{found.id}-{stamp}{SUFFIXES[form]}"
        made = self._export([execution_id], path, form, with_instance=False)
        return Download(path, file_name(found, form), MEDIA[form], made.rows, made.notices)

    def _export(
        self, execution_ids: Sequence[str], out: Path, form: str, *, with_instance: bool
    ) -> "Export":
        from amc.results.export import Part, export

        if form not in FORMS:
            raise UsageError(f"A result can be had as {', '.join(FORMS)}.")
        parts, manifests = [], []
        for execution_id in execution_ids:
            found = self._ready(execution_id)
            fixed = {"instance_id": found.instance_id} if with_instance else {}
            parts.append(Part(self._store.open_local(found.result_uri or ""), fixed))
            manifests.append(self._executions.manifest(execution_id))
        figure_html = ""
        if form == "html" and len(execution_ids) == 1:
            figure_html = self._figure_html(execution_ids[0])
        names = self._names(execution_ids) if form in ("xlsx", "html") else None
        return export(
            parts,
            out,
            form,  # type: ignore[arg-type]
            names=names,
            manifest=manifests[0] if len(manifests) == 1 else _each(manifests),
            title=str(manifests[0].get("title", "")),
            figure_html=figure_html,
            chart=self._native_chart(execution_ids[0])
            if form == "xlsx" and len(execution_ids) == 1
            else None,
        )

    def _figure_html(self, execution_id: str) -> str:
        from amc.charts import to_html

        try:
            return to_html(self.chart(execution_id, self.recipes(execution_id)[0]))
        except (ResultError, UsageError):
            return ""  # a result that no chart fits is a table all the same

    def _native_chart(self, execution_id: str) -> Any:
        """The first recipe as Excel's own chart, when it has one."""
        from amc.charts import chart_frame, native_chart

        for recipe in self.recipes(execution_id):
            told = self._told(execution_id, recipe)
            with self._open(execution_id) as view:
                try:
                    made = native_chart(chart_frame(view, told), told)
                except (ResultError, UsageError):
                    continue
            if made is not None:
                return made
        return None


def _each(manifests: Sequence[dict[str, Any]]) -> dict[str, object]:
    """Manifests of several results, each under its execution: a cell holds one, not all."""
    return {f"{m['execution']} on {m['instance_id']}": m for m in manifests}


def file_name(execution: ExecutionView, form: str) -> str:
    """A telling, harmless file name: what, where, which window."""
    title = execution.template or execution.title
    safe = "".join(c if c.isalnum() and c.isascii() else "-" for c in title.lower()).strip("-")
    start, end = execution.window["start"][:10], execution.window["end"][:10]
    return f"{safe[:60] or 'result'}_{execution.instance_id}_{start}_{end}{SUFFIXES[form]}"
