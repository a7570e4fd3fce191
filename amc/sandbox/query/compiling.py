"""From the text of a workflow to a plan: parsed, checked, privacy worked out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from amc.errors import SqlRefusedError
from amc.sandbox.query.carriers import Carrier, Out
from amc.sandbox.query.complaints import Complaints
from amc.sandbox.query.equivalent import with_equivalents
from amc.sandbox.query.errors import CompileError
from amc.sandbox.query.features import drop_order, refuse_unsupported
from amc.sandbox.query.literals import LiteralBan
from amc.sandbox.query.mismatch import mismatch_in
from amc.sandbox.query.model import Column, Level, Read, Relation
from amc.sandbox.query.output import Behind, OutputColumn, source_label
from amc.sandbox.query.parameters import Declared, declared
from amc.sandbox.query.people import CAP
from amc.sandbox.query.privacy import Rules
from amc.sandbox.query.select import Analyzer
from amc.sandbox.query.sources import Sources
from amc.sql.catalog import Catalog
from amc.sql.dialect import parse
from amc.sql.errors import SqlPlaceError


@dataclass(frozen=True, slots=True)
class CompileRequest:
    """What is to be compiled, and what for.

    Attributes:
        workflow_id: for the words of errors.
        sql: the text.
        input_parameters: the `inputParameters` of the API.
        available: names of the data sources that the instance has; None for all that are free.
        sandbox: the instance is of type SANDBOX.
        aggregation_controls: False asks for no privacy filtering; obeyed in sandboxes only.
        audience: the query makes an audience.
        filtered_metrics_discriminator_column, distinct_user_count_column, filtered_reason_column:
            names of the columns that AMC adds, empty for none.
        privacy_filtering_behavior: REMOVE_ROWS or REMOVE_VALUES.
        output_columns: the columns that the author declared (`outputColumns`), if any.
    """

    workflow_id: str
    sql: str
    input_parameters: Sequence[Mapping[str, Any]] = ()
    available: frozenset[str] | None = None
    sandbox: bool = False
    aggregation_controls: bool = True
    audience: bool = False
    filtered_metrics_discriminator_column: str = ""
    distinct_user_count_column: str = ""
    filtered_reason_column: str = ""
    privacy_filtering_behavior: str = "REMOVE_ROWS"
    output_columns: Sequence[Mapping[str, Any]] = ()

    @property
    def bare(self) -> bool:
        """Whether the rows are shown as they are."""
        return self.sandbox and not self.aggregation_controls


@dataclass(frozen=True)
class CompiledQuery:
    """A query that AMC compiles.

    Attributes:
        workflow_id: whose it is.
        columns: the output columns, those that AMC adds among them.
        rules: the privacy rules of its rows.
        tree: the query with its hidden columns.
        reads: the reads of data sources.
        parameters: the declared parameters.
        numbered: user ids are only told apart, so that numbers do in their place.
    """

    workflow_id: str
    columns: tuple[OutputColumn, ...]
    rules: Rules
    tree: exp.Expr = field(repr=False)
    reads: tuple[Read, ...] = field(repr=False)
    parameters: Mapping[str, Declared] = field(default_factory=dict, repr=False)
    numbered: bool = False

    @property
    def output_columns(self) -> list[dict[str, Any]]:
        """The columns as the API's `outputColumns` has them."""
        return [column.to_wire() for column in self.columns]

    @property
    def sources(self) -> frozenset[str]:
        """The data sources it reads."""
        return frozenset(read.source for read in self.reads)


def prepare(request: CompileRequest, sources: Sources, catalog: Catalog) -> CompiledQuery:
    """Everything but the types of the output columns, which the database knows.

    Raises:
        CompileError: AMC would not compile it.
    """
    parameters = declared(request.input_parameters, request.workflow_id)
    complaints = Complaints(request.sql, request.workflow_id)
    tree = _parsed(request, complaints)
    refuse_unsupported(tree, complaints, bare=request.bare, sandbox=request.sandbox)
    # Looked for in the author's tree, told only when all names were found.
    mismatch = mismatch_in(tree, catalog, complaints)
    drop_order(tree)
    root = exp.Subquery(this=tree)
    analyzer = Analyzer(
        complaints, sources, frozenset(parameters), LiteralBan(complaints, on=not request.bare)
    )
    relation = analyzer.query(root, {}).relation
    if mismatch is not None:
        raise mismatch
    nodes = _selected(root)
    if not request.bare:
        _check_shown(request, relation, nodes, complaints)
    _check_declared(request, relation)
    analyzer.ids.looked_into(column.value for column in relation.columns)
    numbered = analyzer.ids.only_told_apart
    rules = _rules(request, relation, analyzer)
    final, rules = _equivalents(rules, root.this, analyzer)
    return CompiledQuery(
        request.workflow_id, (), rules, final, tuple(analyzer.reads), parameters, numbered
    )


def _parsed(request: CompileRequest, complaints: Complaints) -> exp.Expr:
    try:
        return parse(request.sql)
    except SqlPlaceError as error:
        place = f"At line {error.line}, column {error.column}: "
        raise complaints.bare(place + _syntax(error.message, request.sql)) from None
    except SqlRefusedError as error:
        raise complaints.bare(_syntax(error.message, request.sql)) from None


_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def _syntax(message: str, sql: str) -> str:
    start = _COMMENTS.sub(" ", sql).lstrip(" \t\r\n(").upper()
    missing = "" if start.startswith(("WITH", "SELECT")) else " Are you missing <WITH> or <SELECT>?"
    return f"A syntax error was found: {message}{missing}"


def _selected(root: exp.Subquery) -> list[exp.Expr]:
    """The output expressions of the first SELECT, for places in errors."""
    query = root.this
    while isinstance(query, exp.Subquery | exp.SetOperation):
        query = query.this
    return list(query.expressions)


def _check_shown(
    request: CompileRequest,
    relation: Relation,
    nodes: Sequence[exp.Expr],
    complaints: Complaints,
) -> None:
    if request.audience:
        if not any(column.key == "user_id" for column in relation.columns):
            raise complaints.bare("The output of an audience query must contain user_id.")
        return
    for column, node in zip(relation.columns, nodes, strict=False):
        if column.value.level.never_shown:
            raise complaints.at(
                node,
                f"Column '{column.name}' has aggregation threshold {column.value.level.name} "
                "and cannot be in the output of the query",
            )


def _check_declared(request: CompileRequest, relation: Relation) -> None:
    if not request.output_columns:
        return
    told = [str(row.get("name") or "").lower() for row in request.output_columns]
    given = [column.key for column in relation.columns]
    if told != given:
        raise CompileError(
            f"Declared output columns [{', '.join(told)}] do not match "
            f"the columns of the query [{', '.join(given)}].",
            request.workflow_id,
        )


def _rules(request: CompileRequest, relation: Relation, analyzer: Analyzer) -> Rules:
    """The privacy rules, with hidden columns made for what they ask."""
    required = max((column.value.level.required for column in relation.columns), default=1)
    free = request.bare or request.audience
    merging = not free and bool(
        request.filtered_metrics_discriminator_column
        or request.privacy_filtering_behavior == "REMOVE_VALUES"
    )
    asked = not free and (required > 1 or bool(request.distinct_user_count_column))
    tally = analyzer.tally
    tally.cap = max(2, required)
    counted = not merging
    columns = tuple(
        _column(column, analyzer.reads, free=free, asked=asked, counted=counted)
        for column in relation.columns
    )
    row = _behind(relation.carriers, counted=counted) if asked and _row_needed(columns) else ()
    return Rules(
        columns,
        row,
        source_label(relation.paths, analyzer.reads),
        tally.cap,
        merging=merging,
        discriminator=request.filtered_metrics_discriminator_column,
        user_count=request.distinct_user_count_column,
        reason=request.filtered_reason_column,
    )


def _equivalents(rules: Rules, tree: exp.Expr, analyzer: Analyzer) -> tuple[exp.Expr, Rules]:
    """The query and its rules, with equivalent users where rows need 100 users."""
    level = analyzer.last
    if rules.required < CAP or level is None or level.node is not tree:
        return tree, rules
    metrics = [place for place, column in enumerate(rules.columns) if column.metric]
    made = with_equivalents(level, metrics, analyzer.tally)
    if made is None:
        return tree, rules
    query, names = made
    columns = tuple(
        replace(column, equivalent=names.get(place, ""))
        for place, column in enumerate(rules.columns)
    )
    return query, replace(rules, columns=columns)


def _row_needed(columns: Sequence[OutputColumn]) -> bool:
    return not any(column.behind for column in columns if not column.metric)


def _column(
    column: Column, reads: list[Read], *, free: bool, asked: bool, counted: bool
) -> OutputColumn:
    value = column.value
    return OutputColumn(
        column.name,
        "VARCHAR",
        Level.NONE if free else value.level,
        value.metric,
        value.merge,
        _behind(value.carriers, counted=counted) if asked else (),
        source_label(value.paths, reads),
    )


def _behind(carriers: Sequence[Carrier], *, counted: bool) -> tuple[Behind, ...]:
    found = []
    for carrier in carriers:
        if isinstance(carrier, Out):
            forms = carrier.tally.forms(one=carrier.one, counted=counted)
            kind = "pair" if len(forms) == 2 else forms[0]
            found.append(Behind(kind, tuple(carrier.name(form) for form in forms)))
    return tuple(found)
