"""Results as analysts use them: looked at in pages, drawn, taken along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amc.clock import Clock
from amc.db.engine import Database
from amc.errors import MissingError, ResultError, UsageError
from amc.results.store import ResultStore
from amc.services.executions import ExecutionsService
from amc.services.mappings import MappingsService
from amc.services.scope import Scoped
from amc.services.templates import TemplatesService
from amc.services.views import ExecutionView
from amc.settings import Settings
from amc.timing import maturity
from amc.timing.window import Window

# What reads, draws and writes results is loaded where it is used: pandas, pyarrow and Plotly
# would cost every command a second or more.
if TYPE_CHECKING:
    import plotly.graph_objects as go

    from amc.results.columns import ResultColumn
    from amc.results.export import Export
    from amc.results.filters import Filter
    from amc.results.joining import CampaignName
    from amc.results.view import Page, ResultView, Sort

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
class ResultFacts:
    """What is known of a result without opening it.

    Attributes:
        rows: its rows.
        columns: its columns.
        suppression: what AMC hid, as kept at ingest.
        warnings: sentences for the reader.
        maturity: incomplete, provisional or mature.
    """

    rows: int
    columns: list[dict[str, Any]]
    suppression: dict[str, Any]
    warnings: list[str]
    maturity: str


@dataclass(frozen=True, slots=True)
class Download:
    """An export that is ready to be sent to a browser."""

    path: Path
    file_name: str
    media_type: str
    rows: int
    notices: tuple[str, ...]


class ResultsService(Scoped):
    """Everything about results."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Settings,
        store: ResultStore,
        executions: ExecutionsService,
        mappings: MappingsService,
        templates: TemplatesService,
    ) -> None:
        """Keep the parts."""
        self._database, self._clock, self._settings = database, clock, settings
        self._store, self._executions = store, executions
        self._mappings, self._templates = mappings, templates

    # Looking

    def facts(self, execution_id: str) -> ResultFacts:
        """What is known of a result without opening it.

        Raises:
            MissingError: no such execution, or it has no result.
        """
        found = self._ready(execution_id)
        result = found.result or {}
        window = Window.parse(found.window["start"], found.window["end"], found.window["zone"])
        days = 14
        if found.template:
            try:
                days = self._templates.get(found.template).maturity.days
            except MissingError:
                days = 14
        return ResultFacts(
            rows=found.rows or 0,
            columns=list(result.get("columns", [])),
            suppression=dict(result.get("suppression", {})),
            warnings=list(result.get("warnings", [])),
            maturity=maturity(window, self._clock.now(), attribution_days=days),
        )

    def page(
        self,
        execution_id: str,
        *,
        offset: int = 0,
        limit: int = 100,
        sort: "Sequence[Sort]" = (),
        filters: "Sequence[Filter]" = (),
        search: str = "",
    ) -> "tuple[Page, Sequence[ResultColumn]]":
        """Some rows of a result with names and brands joined, and all its columns.

        Without `sort` the rows come in the order that the template's table asks for: numbers from
        the largest on, everything else from A to Z; results of SQL by hand come as AMC gave them.

        Raises:
            MissingError, ResultError, StoreError: there is none, or it cannot be read.
        """
        with self._open(execution_id) as view:
            order = sort or self._usual_order(execution_id, view.columns)
            page = view.page(offset=offset, limit=limit, sort=order, filters=filters, search=search)
            return page, view.columns

    def _usual_order(
        self, execution_id: str, columns: "Sequence[ResultColumn]"
    ) -> "Sequence[Sort]":
        """What the table recipe of the template says of the order, as far as the columns go."""
        found = self._executions.get(execution_id)
        try:
            recipes = self._templates.get(found.template).charts if found.template else ()
        except MissingError:
            recipes = ()
        table: Mapping[str, Any] = next((r for r in recipes if r.get("kind") == "table"), {})
        named = table.get("sort") or []
        known = {c.name: c for c in columns}
        return [
            (
                name,
                "desc"
                if known[name].is_number and name not in table.get("ascending", [])
                else "asc",
            )
            for name in ([named] if isinstance(named, str) else named)
            if name in known
        ]

    def recipes(self, execution_id: str) -> list[dict[str, Any]]:
        """The charts that fit a result: its template's, else one that its columns suggest.

        Raises:
            MissingError: no such execution, or it has no result.
        """
        found = self._ready(execution_id)
        if found.template:
            try:
                recipes = list(self._templates.get(found.template).charts)
            except MissingError:
                recipes = []
            if recipes:
                return recipes
        with self._open(execution_id) as view:
            # Plotly is loaded where something is drawn, so that the scheduler never pays for it.
            from amc.charts import suggest

            return [suggest(view.columns)]

    def chart(self, execution_id: str, recipe: Mapping[str, Any]) -> "go.Figure":
        """A chart of the whole result.

        Raises:
            MissingError, ResultError, StoreError, UsageError: there is none; the recipe does not
                fit its columns.
        """
        from amc.charts import chart_frame, figure

        with self._open(execution_id) as view:
            told = self._told(execution_id, recipe)
            return figure(chart_frame(view, told), told)

    def _told(self, execution_id: str, recipe: Mapping[str, Any]) -> dict[str, Any]:
        """A recipe with the titles and units of the template's columns."""
        found = self._executions.get(execution_id)
        try:
            outputs = self._templates.get(found.template).output if found.template else ()
        except MissingError:
            outputs = ()
        labels = {o.name: o.title for o in outputs}
        units = {o.name: str(o.unit) for o in outputs if o.unit}
        return {"labels": labels, "units": units, **recipe}

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
            manifest=manifests[0] if len(manifests) == 1 else {"executions": manifests},
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

    def missing_columns(self, execution_id: str) -> list[str]:
        """Columns that the template promises and the result lacks.

        Raises:
            MissingError: no such execution, or it has no result.
        """
        found = self._ready(execution_id)
        if not found.template:
            return []
        there = {str(c.get("name")) for c in (found.result or {}).get("columns", [])}
        promised = [o.name for o in self._templates.get(found.template).output]
        return [name for name in promised if name not in there]

    # Parts

    def _ready(self, execution_id: str) -> ExecutionView:
        found = self._executions.get(execution_id)
        if found.result_uri is None:
            raise MissingError(
                f"The execution {execution_id} has no result: it is {found.status}.",
                hint="Wait for it, or run it again.",
            )
        return found

    def _open(self, execution_id: str) -> "ResultView":
        from amc.results.view import ResultView

        found = self._ready(execution_id)
        path = self._store.open_local(found.result_uri or "")
        return ResultView(path, names=self._names([execution_id]))

    def _names(self, execution_ids: Sequence[str]) -> "dict[str, CampaignName]":
        """Names and brands of the campaign ids that these results hold."""
        from amc.results.joining import CampaignName

        instances = {self._executions.get(i).instance_id for i in execution_ids}
        ids = {c for instance in instances for c in self._mappings.seen_on(instance)}
        found = self._mappings.names_for(ids)
        return {key: CampaignName(value["name"], value["brand"]) for key, value in found.items()}


def file_name(execution: ExecutionView, form: str) -> str:
    """A telling, harmless file name: what, where, which window."""
    title = execution.template or execution.title
    safe = "".join(c if c.isalnum() and c.isascii() else "-" for c in title.lower()).strip("-")
    start, end = execution.window["start"][:10], execution.window["end"][:10]
    return f"{safe[:60] or 'result'}_{execution.instance_id}_{start}_{end}{SUFFIXES[form]}"
