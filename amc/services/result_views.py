"""Results looked at: facts, rows with names and brands, charts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from amc.clock import Clock
from amc.db.engine import Database
from amc.errors import MissingError
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
    from amc.results.filters import Filter
    from amc.results.joining import CampaignName
    from amc.results.view import Page, ResultView, Sort


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


class ResultViews(Scoped):
    """Results looked at: facts, rows, charts."""

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
