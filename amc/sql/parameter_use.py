"""What each use of a `CUSTOM_PARAMETER` asks of its type."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from amc.sql.analysis import Analysis
from amc.sql.inferring import Types
from amc.sql.nodes import call_args, call_name, place
from amc.sql.types import BOOLEAN, DOUBLE, LONG, STRING, TIMESTAMP, UNKNOWN, SqlType, common_type

_COMPARED = (
    *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.Between, exp.In),
)
_NUMBERS = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg)
_TEXTS = {
    *("LOWER", "UPPER", "LENGTH", "LTRIM", "RTRIM", "REPLACE", "CHARINDEX", "LOCATE", "INSTR"),
    *("STRPOS", "REGEXP_REPLACE", "REGEXP_SUBSTR", "REGEXP_SPLIT", "STR_TO_MAP", "MD5", "SHA1"),
}
_TIMES = {
    *("SECONDS_BETWEEN", "DATE_TRUNC", "HOUR", "MINUTE", "SECOND", "WEEK", "MONTH", "YEAR"),
    *("DAYOFMONTH", "DAYOFWEEK"),
}
_MATHS = {"ABS", "CEIL", "FLOOR", "EXP", "LN", "LOG", "LOG10", "POWER", "SQRT", "ROUND", "TRUNC"}
_ARRAYS = {
    *("CARDINALITY", "ARRAY_TO_STRING", "ARRAY_SORT", "ARRAY_DISTINCT", "ARRAY_CAT", "FLATTEN"),
    *("ARRAY_UNION", "ARRAY_INTERSECT", "ARRAY_COMPLEMENT", "ARRAY_REMOVE", "EXPLODE"),
}
_ALIKE = {"COALESCE", "IFNULL", "NVL", "NULLIF", "GREATEST", "LEAST", "CONTAINED_IN"}
# Arguments (from 0) that are whole numbers.
_WHOLE = {"LEFT": {1}, "RIGHT": {1}, "SUBSTRING": {1, 2}, "ROUND": {1}, "TRUNC": {1}}


_DEEPEST = 20
_Asked = tuple[SqlType, bool, bool, str]


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a parameter.

    Attributes:
        type: what it should be (of its elements, for a list); UNKNOWN when nothing tells.
        is_array: whether a list is asked for.
        certain: whether another type would be wrong there.
        text: what it is used for, with its line.
    """

    type: SqlType
    is_array: bool
    certain: bool
    text: str


class Uses:
    """Reads uses off the tree of one analysed query."""

    def __init__(self, found: Analysis) -> None:
        """Keep the walk and the types that it tells."""
        self._found, self._types = found, Types(found)

    def of(self, node: exp.Expr) -> Use:
        """What the place of a parameter's call asks for."""
        kind, is_array, certain, what = self._asked(node, 0)
        line = place(node).get("line")
        return Use(kind, is_array, certain, f"{what} (line {line})" if line else what)

    def _asked(self, node: exp.Expr, depth: int) -> _Asked:
        parent = node.parent
        if parent is None or depth > _DEEPEST:
            return UNKNOWN, False, False, "used"
        if isinstance(parent, exp.Paren | exp.Distinct):
            return self._asked(parent, depth + 1)
        if isinstance(parent, _COMPARED):
            return self._compared(parent, node)
        if (plain := _plain(parent)) is not None:
            return plain
        if isinstance(parent, exp.If | exp.Case):
            return self._branch(parent, node, depth)
        if isinstance(parent, exp.Func):
            return self._argument(parent, node, depth)
        return self._passed_on(parent, node, depth)

    def _compared(self, parent: exp.Expr, node: exp.Expr) -> _Asked:
        others = [s for s in parent.iter_expressions() if s is not node]
        known = [(t, s) for s in others if (t := self._types.of(s)).name not in _VAGUE]
        named = next((s for s in others if isinstance(s, exp.Column)), None)
        shown = named if named is not None else (others[0] if others else node)
        if not known:
            return UNKNOWN, False, False, f"compared with {_text(shown)}"
        kind = common_type([t for t, _ in known])
        if kind.name in ("ARRAY", "STRUCT"):
            element = kind.element or UNKNOWN
            return element, True, element.name not in _VAGUE, f"compared with {_text(shown)}"
        return kind, False, True, f"compared with {_text(shown)}"

    def _branch(self, parent: exp.Expr, node: exp.Expr, depth: int) -> _Asked:
        if isinstance(parent, exp.If) and node.arg_key == "this":
            case = parent.parent
            if not isinstance(case, exp.Case) or case.this is None:
                return BOOLEAN, False, True, "a condition"
            kind = self._types.of(case.this)
            return kind, False, kind.name not in _VAGUE, f"compared with {_text(case.this)}"
        whole = parent
        if isinstance(parent, exp.If) and isinstance(parent.parent, exp.Case):
            whole = parent.parent
        if node.arg_key == "this":  # CASE p WHEN …
            kind = common_type([self._types.of(b.this) for b in whole.args["ifs"]])
            return kind, False, kind.name not in _VAGUE, "chooses a branch of CASE"
        return self._alike(whole, node, depth, "a branch of IF or CASE")

    def _alike(self, whole: exp.Expr, node: exp.Expr, depth: int, what: str) -> _Asked:
        """A value that must have the type of the values beside it, or of what is around."""
        kind = self._types.of(whole)
        if kind.name in _VAGUE and call_name(whole) == "NULLIF":
            kind = common_type([self._types.of(a) for a in call_args(whole)])
        if kind.name in _VAGUE:
            outer, is_array, certain, _ = self._asked(whole, depth + 1)
            return outer, is_array, certain, what
        if kind.name == "ARRAY":
            return kind.element or UNKNOWN, True, False, what
        # A number beside it says that it is one, but not which.
        return kind, False, not kind.is_number or kind.name == "LONG", what

    def _argument(self, call: exp.Expr, node: exp.Expr, depth: int) -> _Asked:
        name, args = call_name(call), call_args(call)
        index = next((i for i, a in enumerate(args) if a is node), 0)
        what = f"an argument of {name}"
        if name == "ARRAY_CONTAINS":
            return self._contained(args, index)
        if name == "CONTAINED_IN":
            others = [self._types.of(a) for a in args if a is not node]
            kind = common_type(others)
            return kind, False, kind.name not in _VAGUE, f"compared with {_text(args[0])}"
        if name in _ALIKE:
            return self._alike(call, node, depth, f"a value of {name}")
        if name == "ARRAY_REMOVE" and index == 1:
            kind = self._types.of(args[0]).element or UNKNOWN
            return kind, False, kind.name not in _VAGUE, what
        if name in _ARRAYS and not (name == "ARRAY_TO_STRING" and index == 1):
            others = [self._types.of(a) for a in args if a is not node]
            kind = next((t.element for t in others if t.element is not None), UNKNOWN)
            return kind, True, kind.name not in _VAGUE, what
        return (*_simple(name, index), what)

    def _contained(self, args: list[exp.Expr], index: int) -> _Asked:
        other = args[1 - index] if len(args) == 2 else None
        kind = self._types.of(other)
        if index == 1:
            kind = kind.element or UNKNOWN
            return kind, False, kind.name not in _VAGUE, f"sought in {_text(other)}"
        return kind, True, kind.name not in _VAGUE, f"a list that may hold {_text(other)}"

    def _passed_on(self, parent: exp.Expr, node: exp.Expr, depth: int) -> _Asked:
        """A value that a query gives out: what reads its name may tell."""
        for use in self._found.columns:
            if use.output is not None and use.output.node is node and use.node is not node:
                kind, is_array, certain, what = self._asked(use.node, depth + 1)
                if kind.name not in _VAGUE:
                    return kind, is_array, certain, f"{what}, under the name {use.node.name}"
        if isinstance(parent, exp.Array):
            kind = self._types.of(parent).element or UNKNOWN
            return kind, False, kind.name not in _VAGUE, "an element of ARRAY[…]"
        return UNKNOWN, False, False, "given out" if isinstance(parent, exp.Alias) else "used"


_VAGUE = ("UNKNOWN", "NULL")


def _simple(name: str, index: int) -> tuple[SqlType, bool, bool]:
    if index in _WHOLE.get(name, ()):
        return LONG, False, True
    if name in ("PERCENTILE", "APPROX_PERCENTILE") and index == 1:
        return DOUBLE, False, True
    if name in _TEXTS or name in ("LEFT", "RIGHT", "SUBSTRING", "TRIM", "POSITION", "FORMAT"):
        return STRING, False, True
    if name == "CONVERT_TIME_ZONE_FROM_UTC" and index == 1:
        return STRING, False, True
    if name == "DATE_TRUNC" and index == 0:
        return STRING, False, True
    if name in _TIMES or name in ("EXTRACT", "CONVERT_TIME_ZONE_FROM_UTC"):
        return TIMESTAMP, False, False
    if name == "EPOCH_TO_UTC_TIMESTAMP":
        return LONG, False, False
    if name in _MATHS or name in ("SUM", "AVG"):
        return DOUBLE, False, False
    return UNKNOWN, False, False


def _plain(parent: exp.Expr) -> _Asked | None:
    """What a parent asks for whatever else is in it; None when that matters."""
    if isinstance(parent, exp.SimilarTo | exp.Like):
        return STRING, False, True, f"a pattern of {_text(parent.this)}"
    if isinstance(parent, exp.Cast):
        return _cast(parent)
    if isinstance(parent, _NUMBERS):
        return DOUBLE, False, False, f"calculated with in {_text(parent)}"
    if isinstance(parent, exp.Is):
        return UNKNOWN, False, False, "tested for NULL"
    if isinstance(parent, exp.Connector | exp.Not | exp.Where | exp.Having):
        return BOOLEAN, False, True, "a condition"
    return None


def _cast(parent: exp.Cast) -> _Asked:
    target = parent.to.sql("amc").upper()
    what = f"cast to {target}"
    casts: dict[str, Callable[[], tuple[SqlType, bool]]] = {
        "DATE": lambda: (SqlType("DATE"), True),
        "TIMESTAMP": lambda: (TIMESTAMP, True),
        "BOOLEAN": lambda: (BOOLEAN, True),
    }
    if target in casts:
        kind, certain = casts[target]()
        return kind, False, certain, what
    if target.partition("(")[0] in ("INT", "INTEGER", "BIGINT", "SMALLINT", "TINYINT", "LONG"):
        return LONG, False, False, what
    if target.partition("(")[0] in ("DOUBLE", "FLOAT", "REAL", "DECIMAL"):
        return DOUBLE, False, False, what
    return UNKNOWN, False, False, what


def _text(node: exp.Expr | None) -> str:
    text = node.sql("amc", comments=False) if node is not None else "nothing"
    return text if len(text) <= 60 else text[:57] + "..."
