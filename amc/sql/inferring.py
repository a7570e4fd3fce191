"""The types of expressions in the author's tree, as far as they can be known without running."""

from sqlglot import exp

from amc.sql.analysis import Analysis
from amc.sql.functions import FunctionSpec, functions
from amc.sql.nodes import call_args, call_name
from amc.sql.types import (
    BOOLEAN,
    DATE,
    DECIMAL,
    DOUBLE,
    LONG,
    NULL,
    STRING,
    TIMESTAMP,
    UNKNOWN,
    SqlType,
    array_of,
    common_type,
    parse_type,
)

_TRUTHS = (
    exp.Predicate,
    exp.Connector,
    exp.Not,
    exp.Is,
    exp.Between,
    exp.Exists,
    exp.Boolean,
    exp.SimilarTo,
)
_SUMS = {"DECIMAL": DECIMAL, "DOUBLE": DOUBLE, "FLOAT": DOUBLE}
_MOST = 200


class Types:
    """Types of the nodes of one analysed query; UNKNOWN where nothing tells."""

    def __init__(self, found: Analysis) -> None:
        """Keep the walk: it knows what each column stands for."""
        self._found = found
        self._known: dict[int, SqlType] = {}
        self._depth = 0

    def of(self, node: exp.Expr | None) -> SqlType:
        """The type of an expression."""
        if node is None:
            return UNKNOWN
        key = id(node)
        if key not in self._known:
            if self._depth >= _MOST:
                return UNKNOWN
            self._known[key] = UNKNOWN  # a name that leads to itself ends here
            self._depth += 1
            try:
                self._known[key] = self._of(node)
            finally:
                self._depth -= 1
        return self._known[key]

    def _of(self, node: exp.Expr) -> SqlType:
        if (plain := _plain(node)) is not None:
            return plain
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Paren | exp.Alias | exp.Neg | exp.Window | exp.Distinct):
            return self.of(node.this if node.args.get("this") else _first(node))
        if (branches := _branches(node)) is not None:
            return self._common(branches)
        if isinstance(node, exp.Array):
            return array_of(self._common(list(node.expressions)))
        if isinstance(node, exp.Subquery):
            return self._first_output(node.this)
        return self._call(node) if isinstance(node, exp.Func) else UNKNOWN

    def _column(self, node: exp.Column) -> SqlType:
        use = self._found.uses.get(id(node))
        if use is None:
            return UNKNOWN
        if use.output is None:
            return self.of(use.level.aliases.get(node.name.lower())) if not node.table else UNKNOWN
        if use.output.column is not None:
            return use.output.column.type
        return self.of(use.output.node)

    def _common(self, nodes: list[exp.Expr | None]) -> SqlType:
        return common_type([self.of(n) for n in nodes if n is not None])

    def _first_output(self, query: exp.Expr) -> SqlType:
        level = next((v for v in self._found.levels if v.node is query), None)
        return self.of(level.outputs[0].node) if level is not None and level.outputs else UNKNOWN

    def _call(self, node: exp.Expr) -> SqlType:
        spec = functions().get(call_name(node))
        if spec is None:
            return UNKNOWN
        return _result(spec, [self.of(a) for a in call_args(node)])


def _result(spec: FunctionSpec, types: list[SqlType]) -> SqlType:
    first = types[0] if types else UNKNOWN
    match spec.returns:
        case "first":
            return first
        case "sum":
            return _SUMS.get(first.name, LONG if first.is_number else UNKNOWN)
        case "common":
            return common_type(types)
        case "common_tail":
            return common_type(types[1:])
        case "array_first":
            return array_of(first)
        case "element" | "element_array":
            return first.element or UNKNOWN
        case "struct":
            return SqlType("STRUCT", fields=tuple(("", t) for t in types[1::2]))
        case "parameter" | "table":
            return UNKNOWN
        case named:
            return parse_type(named)


def _plain(node: exp.Expr) -> SqlType | None:
    """The type that a node has whatever is inside it; None when that matters."""
    if isinstance(node, exp.Literal):
        return _literal(node)
    if isinstance(node, exp.Cast):
        return parse_type(node.to.sql("amc"))
    if isinstance(node, _TRUTHS):
        return BOOLEAN
    return next((kind for nodes, kind in _ALWAYS if isinstance(node, nodes)), None)


_ALWAYS: tuple[tuple[type, SqlType], ...] = (
    (exp.Null, NULL),
    (exp.Div, DOUBLE),
    (exp.CurrentDate, DATE),
    (exp.CurrentTimestamp, TIMESTAMP),
)


def _branches(node: exp.Expr) -> list[exp.Expr | None] | None:
    """The parts whose common type a node has; None for other nodes."""
    if isinstance(node, exp.Case):
        parts = [b.args.get("true") for b in node.args.get("ifs") or []]
        return [*parts, node.args.get("default")]
    if isinstance(node, exp.If):
        return [node.args.get("true"), node.args.get("false")]
    if isinstance(node, exp.Add | exp.Sub | exp.Mul | exp.Mod):
        return [node.this, node.expression]
    return None


def _literal(node: exp.Literal) -> SqlType:
    if node.is_string:
        return STRING
    text = str(node.this).lower()
    return DOUBLE if "e" in text else DECIMAL if "." in text else LONG


def _first(node: exp.Expr) -> exp.Expr | None:
    return node.expressions[0] if node.expressions else None
