"""Tree nodes of AMC's own functions, and one view on all function nodes.

A function that AMC documents and standard SQL does not is an `AmcFunction` (or `AmcAggregate`)
whose `name` is its upper-case name and whose `expressions` are its arguments in the author's
order. Standard functions keep sqlglot's classes. `call_name` and `call_args` read both; a
function that nobody knows is an `exp.Anonymous`.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlglot import exp

NAME_KEY = "name"
"""Key in a function node's `meta` under which the author's spelling of the name is kept."""


class AmcFunction(exp.Expression, exp.Func):
    """A function by its upper-case name (`this`) and arguments (`expressions`)."""

    arg_types = {"this": True, "expressions": False}  # noqa: RUF012 (sqlglot's own form)
    is_var_len_args = True
    _sql_names = ["AMC_FUNCTION"]  # noqa: RUF012

    @property
    def name(self) -> str:
        """The upper-case name."""
        return str(self.this)


class AmcAggregate(AmcFunction, exp.AggFunc):
    """An aggregate function of AMC's own, such as COLLECT."""

    _sql_names = ["AMC_AGGREGATE"]  # noqa: RUF012


class ContainedIn(exp.In):
    """`x CONTAINED IN (…)`, which means the same as IN."""


def call_name(node: exp.Expr) -> str:
    """The upper-case name of a function call as the author wrote it."""
    if isinstance(node, (AmcFunction, exp.Anonymous)):
        return node.name.upper()
    if written := node.meta.get(NAME_KEY):
        return str(written).upper()
    special = _SPELLED.get(type(node))
    if special:
        return special
    return str(node.sql_name()) if isinstance(node, exp.Func) else ""


def call_args(node: exp.Expr) -> list[exp.Expr]:
    """The arguments of a function call, in order; DISTINCT is taken off."""
    if isinstance(node, (AmcFunction, exp.Anonymous)):
        found = list(node.expressions)
    else:
        found = []
        for key in node.arg_types:
            value = node.args.get(key)
            found += value if isinstance(value, list) else [value]
    args: list[exp.Expr] = []
    for arg in found:
        if isinstance(arg, exp.Distinct):
            args += arg.expressions
        elif isinstance(arg, exp.Expr):
            args.append(arg)
    return args


def is_distinct(node: exp.Expr) -> bool:
    """Whether an aggregate is called with DISTINCT."""
    first = node.expressions[0] if node.expressions else node.args.get("this")
    return isinstance(first, exp.Distinct)


def place(node: exp.Expr) -> dict[str, Any]:
    """Where a node stands, from its tokens: line, column, end_line, end_column.

    Empty for a node that no text gave. The parser keeps the last column of each token.
    """
    marked = [n.meta for n in node.walk() if "end" in n.meta]
    if not marked:
        return {}
    first = min(marked, key=lambda m: m["start"])
    last = max(marked, key=lambda m: m["end"])
    return {
        "line": first["line"],
        "column": max(first["col"] - (first["end"] - first["start"]), 1),
        "end_line": last["line"],
        "end_column": last["col"] + 1,
    }


def amc_call(name: str, *args: exp.Expr) -> AmcFunction:
    """A call of one of AMC's own scalar functions."""
    return AmcFunction(this=name.upper(), expressions=list(args))


_SPELLED: dict[type[Any], str] = {
    exp.StrPosition: "POSITION",
    exp.Substring: "SUBSTRING",
    exp.Trim: "TRIM",
    exp.Extract: "EXTRACT",
    exp.Variance: "VARIANCE",
    exp.VariancePop: "VAR_POP",
    exp.Cast: "CAST",
    exp.TryCast: "TRY_CAST",
    exp.GroupConcat: "STRING_AGG",
    exp.CurrentDate: "CURRENT_DATE",
    exp.CurrentTimestamp: "CURRENT_TIMESTAMP",
}

_DURATION = re.compile(
    r"P(?:(?P<weeks>\d+)W|(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?)",
    re.IGNORECASE,
)


def parse_duration(text: str) -> timedelta | None:
    """The span of an ISO 8601 duration of weeks, days or time (`P28D`, `PT6H`); None if none.

    Years and months have no fixed length and are none.
    """
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(found.groupdict().values()):
        return None
    try:
        return timedelta(**{unit: int(n) for unit, n in found.groupdict().items() if n})
    except OverflowError:
        return None


@dataclass(frozen=True, slots=True)
class ExtendedTable:
    """`TABLE(EXTEND_TIME_WINDOW('t', 'P28D', 'P0D'))`: whose parts may be wrong or missing."""

    node: exp.Expr
    args: tuple[exp.Expr, ...]
    wrapped: bool
    """Whether TABLE( ) stands around it."""

    @property
    def table(self) -> str | None:
        """The table's name; None when it is not a string."""
        return self._text(0)

    @property
    def before(self) -> timedelta | None:
        """How far the window begins earlier; None when it is not a duration."""
        return parse_duration(self._text(1) or "")

    @property
    def after(self) -> timedelta | None:
        """How far the window ends later; None when it is not a duration."""
        return parse_duration(self._text(2) or "")

    def _text(self, index: int) -> str | None:
        found = self.args[index] if index < len(self.args) else None
        return str(found.this) if isinstance(found, exp.Literal) and found.is_string else None


def extended_table(table: exp.Table) -> ExtendedTable | None:
    """The EXTEND_TIME_WINDOW call of a source, in either form; None for other sources."""
    call, wrapped = table.this, False
    if isinstance(call, exp.Anonymous) and call.name.upper() == "TABLE" and call.expressions:
        call, wrapped = call.expressions[0], True
    if isinstance(call, AmcFunction) and call.name == "EXTEND_TIME_WINDOW":
        return ExtendedTable(call, tuple(call.expressions), wrapped)
    return None
