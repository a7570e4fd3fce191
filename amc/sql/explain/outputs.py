"""The columns of the result: type, threshold, unit, and why they can be hidden."""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from amc.sql.analysis import Analysis, Output
from amc.sql.catalog import THRESHOLDS, USERS_NEEDED, Threshold
from amc.sql.explain.model import OutputColumn
from amc.sql.explain.shape import in_words
from amc.sql.nodes import call_name, extended_table

_COUNTING = ("COUNT", "APPROX_COUNT_DISTINCT")
_NUMBERS = ("BYTE", "SHORT", "INTEGER", "LONG", "DECIMAL", "FLOAT", "DOUBLE")


def explain_outputs(
    found: Analysis, types: Mapping[str, str], keys: frozenset[str]
) -> list[OutputColumn]:
    """What AMC gives back, in order.

    Args:
        found: the walk over the query.
        types: type names by output name, as far as known.
        keys: the outputs that tell rows apart; they are dimensions.
    """
    lineage = _Lineage(found)
    return [_output(o, lineage, types, keys) for o in found.outputs]


def row_needs(output: list[OutputColumn]) -> int | None:
    """How many distinct users a row needs; None when one of its columns is never shown."""
    needed = [o.users_needed for o in output]
    if None in needed:
        return None
    return max((n for n in needed if n is not None), default=1)


def _output(
    output: Output, lineage: "_Lineage", types: Mapping[str, str], keys: frozenset[str]
) -> OutputColumn:
    kind = types.get(output.name, "")
    if not kind and output.column is not None:
        kind = str(output.column.data_type)
    threshold: Threshold = output.threshold  # type: ignore[assignment]
    origins = lineage.origins(output.node)
    return OutputColumn(
        name=output.name,
        type=kind,
        role=_role(output, kind, keys, lineage),
        threshold=threshold,
        users_needed=USERS_NEEDED.get(threshold),
        can_be_hidden=threshold != "NONE",
        unit=output.unit or lineage.unit(output.node),
        why=_why(threshold, origins, lineage.counted(output.node)),
    )


def _role(output: Output, kind: str, keys: frozenset[str], lineage: "_Lineage") -> str:
    if output.name in keys:
        return "DIMENSION"
    if output.column is not None and not lineage.aggregates(output.node):
        return output.column.role
    number = kind.partition("(")[0] in _NUMBERS
    return "METRIC" if lineage.aggregates(output.node) or number else "DIMENSION"


def _why(threshold: Threshold, origins: list[tuple[str, str]], counted: list[str]) -> str:
    strict = [name for name, own in origins if own == threshold]
    if threshold == "NONE":
        if counted:
            return f"counts {in_words(counted[:3])}: a count is never hidden for itself"
        return "made of columns that are never hidden" if origins else "made of no column"
    made_of = f"{in_words(strict[:3])} ({threshold})" if strict else threshold
    users = USERS_NEEDED.get(threshold)
    if users is None:
        return f"shows {made_of}, which AMC never gives out: count it, or leave it out"
    return f"shows {made_of}: a row needs {users} users"


class _Lineage:
    """Where the values of an output come from, through CTEs and subqueries."""

    def __init__(self, found: Analysis) -> None:
        self._found = found

    def origins(self, node: exp.Expr) -> list[tuple[str, str]]:
        """`table.column` and threshold of every base column that is shown, strictest first."""
        seen: dict[str, str] = {}
        self._collect(node, seen, set(), counted=None)
        return sorted(seen.items(), key=lambda i: -THRESHOLDS.index(i[1]))

    def counted(self, node: exp.Expr) -> list[str]:
        """`table.column` of the base columns that are only counted."""
        counted: dict[str, str] = {}
        self._collect(node, {}, set(), counted=counted)
        return list(counted)

    def unit(self, node: exp.Expr) -> str:
        """The unit of money of a sum or a plain passing on; empty once it is calculated with."""
        seen: set[int] = set()
        while id(node) not in seen:
            seen.add(id(node))
            if isinstance(node, exp.Column):
                use = self._found.uses.get(id(node))
                output = use.output if use is not None else None
                if output is None or output.unit or isinstance(output.node, exp.Table):
                    return output.unit if output is not None else ""
                node = output.node
            elif isinstance(node, exp.Paren | exp.Alias | exp.Sum | exp.Min | exp.Max | exp.Avg):
                node = node.this
        return ""

    def aggregates(self, node: exp.Expr) -> bool:
        """Whether an output, or what it passes on, is made by an aggregate."""
        if node.find(exp.AggFunc) is not None:
            return True
        if isinstance(node, exp.Column):
            use = self._found.uses.get(id(node))
            inner = use.output.node if use is not None and use.output is not None else None
            if inner is not None and inner is not node and not isinstance(inner, exp.Table):
                return self.aggregates(inner)
        return False

    def _collect(
        self,
        node: exp.Expr,
        shown: dict[str, str],
        seen: set[int],
        counted: dict[str, str] | None,
    ) -> None:
        if id(node) in seen:
            return
        seen.add(id(node))
        for column, is_counted in _columns(node):
            use = self._found.uses.get(id(column))
            output = use.output if use is not None else None
            if output is None:
                continue
            if output.column is not None and isinstance(output.node, exp.Table):
                name = f"{_table(output.node)}.{output.column.name}"
                if is_counted:
                    if counted is not None:
                        counted[name] = output.threshold
                else:
                    shown[name] = output.threshold
            elif not is_counted:
                self._collect(output.node, shown, seen, counted)
            elif counted is not None:
                counted.setdefault(output.name, output.threshold)


def _table(node: exp.Table) -> str:
    extended = extended_table(node)
    return ((extended.table or "") if extended is not None else node.name).lower()


def _columns(node: exp.Expr) -> Iterator[tuple[exp.Column, bool]]:
    """The columns of an expression that are shown, and those that are only counted."""
    stack: list[tuple[exp.Expr, bool]] = [(node, False)]
    while stack:
        part, counted = stack.pop()
        if isinstance(part, exp.Column):
            yield part, counted
        elif isinstance(part, exp.Query | exp.Is):
            continue
        elif isinstance(part, exp.Window):
            stack.append((part.this, counted))
        else:
            is_count = isinstance(part, exp.Func) and call_name(part) in _COUNTING
            stack.extend((c, counted or is_count) for c in reversed(list(part.iter_expressions())))
