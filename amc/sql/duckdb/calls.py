"""AMC's functions on DuckDB, by name: each takes typed arguments and gives a DuckDB expression."""

from collections.abc import Callable

from sqlglot import exp

from amc.sql.duckdb import arrays, regex
from amc.sql.duckdb.model import Typed, again, call, cast, is_null, literal_text, number, text, when
from amc.sql.errors import SqlUnsupportedError

Build = Callable[[list[Typed]], exp.Expr]
UNITS = ("SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")


def as_text(value: Typed) -> exp.Expr:
    """The value as VARCHAR."""
    return value.node if value.type.name == "STRING" else cast(value.node, "VARCHAR")


def as_time(value: Typed) -> exp.Expr:
    """The value as TIMESTAMP."""
    return value.node if value.type.name == "TIMESTAMP" else cast(value.node, "TIMESTAMP")


def _plain(name: str) -> Build:
    return lambda args: call(name, *(a.node for a in args))


def _texts(name: str) -> Build:
    return lambda args: call(name, *(as_text(a) for a in args))


def _integer(build: Build) -> Build:
    return lambda args: cast(build(args), "INTEGER")


def _double(name: str) -> Build:
    return lambda args: cast(call(name, *(a.node for a in args)), "DOUBLE")


def _to_whole(name: str) -> Build:
    """CEIL and FLOOR give a LONG, whatever they round."""
    return lambda args: exp.TryCast(this=call(name, args[0].node), to=exp.DataType.build("BIGINT"))


def _of_time(name: str) -> Build:
    return lambda args: call(name, as_time(args[0]))


def _strict(name: str) -> Build:
    def build(args: list[Typed]) -> exp.Expr:
        nulls = exp.or_(*(is_null(again(a.node)) for a in args))
        return when(nulls, exp.Null(), call(name, *(a.node for a in args)))

    return build


def _guarded(name: str, operator: type[exp.Binary]) -> Build:
    """NULL where the argument is out of the function's range (compared with 0)."""

    def build(args: list[Typed]) -> exp.Expr:
        outside = operator(this=again(args[-1].node), expression=number(0))
        return when(outside, exp.Null(), call(name, args[-1].node))

    return build


def _log(args: list[Typed]) -> exp.Expr:
    top = _guarded("ln", exp.LTE)([args[-1]])
    if len(args) == 1:
        return top
    base = _guarded("ln", exp.LTE)([args[0]])
    return exp.Div(this=top, expression=call("nullif", base, number(0)))


def _find(args: list[Typed]) -> exp.Expr:
    """CHARINDEX and LOCATE: the text sought comes first."""
    sub, whole = as_text(args[0]), as_text(args[1])
    if len(args) == 2:
        return call("strpos", whole, sub)
    start = args[2].node
    tail = call("strpos", call("substr", whole, start), sub)
    shifted = exp.Sub(this=exp.Add(this=again(tail), expression=again(start)), expression=number(1))
    nowhere = exp.EQ(this=tail, expression=number(0))
    return when(nowhere, number(0), exp.Paren(this=shifted))


def _seconds_between(args: list[Typed]) -> exp.Expr:
    first, second = (as_time(a) for a in args)
    # Whole numbers all the way; `//` cuts towards zero.
    micros = call("date_diff", text("microsecond"), first, second)
    return exp.IntDiv(this=micros, expression=number(1_000_000))


def _date_trunc(args: list[Typed]) -> exp.Expr:
    unit = (literal_text(args[0].node) or "").upper()
    if unit not in UNITS:
        raise SqlUnsupportedError(
            f"DATE_TRUNC cannot cut to {args[0].node.sql('amc')}.",
            hint=f"Use one of {', '.join(UNITS)}.",
        )
    return cast(call("date_trunc", text(unit.lower()), as_time(args[1])), "TIMESTAMP")


def _epoch(args: list[Typed]) -> exp.Expr:
    whole = cast(args[0].node, "BIGINT")
    large = exp.GTE(this=call("abs", whole), expression=number(100_000_000_000))
    scaled = exp.Mul(this=again(whole), expression=number(1000))
    return call("epoch_ms", when(large, again(whole), scaled))


def _convert_zone(args: list[Typed]) -> exp.Expr:
    local = call("timezone", args[1].node, call("timezone", text("UTC"), as_time(args[0])))
    return cast(local, "DATE") if args[0].type.name == "DATE" else local


def _dayofweek(args: list[Typed]) -> exp.Expr:
    day = call("dayofweek", as_time(args[0]))
    return exp.Paren(this=exp.Add(this=day, expression=number(1)))


def _named_row(args: list[Typed]) -> exp.Expr:
    pairs = zip(args[::2], args[1::2], strict=False)
    fields = [
        exp.PropertyEQ(
            this=exp.to_identifier(literal_text(k.node) or "", quoted=True), expression=v.node
        )
        for k, v in pairs
    ]
    return exp.Struct(expressions=fields)


def _nvl2(args: list[Typed]) -> exp.Expr:
    return when(is_null(args[0].node), args[2].node, args[1].node)


def _contained_in(args: list[Typed]) -> exp.Expr:
    values = [arrays.align(a, args[0].type) for a in args[1:]]
    return exp.In(this=args[0].node, expressions=values)


def _varbinary(names: dict[str, str]) -> Build:
    def build(args: list[Typed]) -> exp.Expr:
        form = (literal_text(args[1].node) or "").lower()
        if form not in names:
            raise SqlUnsupportedError(
                f"There is no binary form {args[1].node.sql('amc')}.",
                hint="Use 'hex', 'base64' or 'utf-8'.",
            )
        return call(names[form], args[0].node)

    return build


def _str_to_map(args: list[Typed]) -> exp.Expr:
    pairs = call("string_split", as_text(args[0]), as_text(args[1]))
    parts = call("string_split", arrays.element(), as_text(args[2]))
    entry = call("row", *(call("list_extract", again(parts), number(n)) for n in (1, 2)))
    entries = call(
        "list_transform", pairs, exp.Lambda(this=entry, expressions=[arrays.ELEMENT.copy()])
    )
    return call("map_from_entries", entries)


_JAVA_DATE = (
    ("yyyy", "%Y"), ("MMMM", "%B"), ("MMM", "%b"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"),
    ("mm", "%M"), ("ss", "%S"), ("EEEE", "%A"), ("EEE", "%a"), ("yy", "%y"),
)  # fmt: skip


def _format(args: list[Typed]) -> exp.Expr:
    pattern = literal_text(args[1].node)
    if pattern is None:
        raise SqlUnsupportedError("The pattern of FORMAT must be a text in quotes.")
    if args[0].type.is_number:
        places = len(pattern.partition(".")[2].rstrip("%"))
        comma = "," if "," in pattern else ""
        return call("format", text(f"{{:{comma}.{places}f}}"), cast(args[0].node, "DOUBLE"))
    form = pattern.replace("%", "%%")
    for java, strftime in _JAVA_DATE:
        form = form.replace(java, strftime)
    return call("strftime", as_time(args[0]), text(form))


def _trunc(args: list[Typed]) -> exp.Expr:
    return call("trunc", *(a.node for a in args))


CALLS: dict[str, Build] = {
    "COLLECT": _plain("list"),
    "SKEWNESS": _plain("skewness"),
    "PERCENTILE": _double("quantile_cont"),
    "APPROX_PERCENTILE": _plain("approx_quantile"),
    "MEDIAN": _double("median"),
    "APPROX_COUNT_DISTINCT": _plain("approx_count_distinct"),
    "IFNULL": _plain("coalesce"),
    "NVL": _plain("coalesce"),
    "NVL2": _nvl2,
    "GREATEST": _strict("greatest"),
    "LEAST": _strict("least"),
    "CONTAINED_IN": _contained_in,
    "LENGTH": _integer(_texts("length")),
    "LEFT": lambda a: call("left", as_text(a[0]), a[1].node),
    "RIGHT": lambda a: call("right", as_text(a[0]), a[1].node),
    "LTRIM": _texts("ltrim"),
    "RTRIM": _texts("rtrim"),
    "REPLACE": _texts("replace"),
    "CHARINDEX": _integer(_find),
    "LOCATE": _integer(_find),
    "INSTR": _integer(_texts("strpos")),
    "STRPOS": _integer(_texts("strpos")),
    "REGEXP_REPLACE": lambda a: regex.replace(*a),
    "REGEXP_SUBSTR": lambda a: regex.substr(*a),
    "REGEXP_SPLIT": lambda a: regex.split(*a),
    "STR_TO_MAP": _str_to_map,
    "FORMAT": _format,
    "CEIL": _to_whole("ceil"),
    "FLOOR": _to_whole("floor"),
    "EXP": _plain("exp"),
    "LN": _guarded("ln", exp.LTE),
    "LOG": _log,
    "LOG10": _guarded("log10", exp.LTE),
    "POWER": _plain("pow"),
    "SQRT": _guarded("sqrt", exp.LT),
    "ROUND": _plain("round"),
    "TRUNC": _trunc,
    "RANDOM": _plain("random"),
    "E": lambda _: call("exp", number(1)),
    "SECONDS_BETWEEN": _seconds_between,
    "DATE_TRUNC": _date_trunc,
    "HOUR": _of_time("hour"),
    "MINUTE": _of_time("minute"),
    "SECOND": _of_time("second"),
    "WEEK": _of_time("week"),
    "MONTH": _of_time("month"),
    "YEAR": _of_time("year"),
    "DAYOFMONTH": _of_time("dayofmonth"),
    "DAYOFWEEK": _dayofweek,
    "CONVERT_TIME_ZONE_FROM_UTC": _convert_zone,
    "EPOCH_TO_UTC_TIMESTAMP": _epoch,
    "LAG": _plain("lag"),
    "LEAD": _plain("lead"),
    "FIRST_VALUE": _plain("first_value"),
    "LAST_VALUE": _plain("last_value"),
    "PERCENT_RANK": _plain("percent_rank"),
    "CUME_DIST": _plain("cume_dist"),
    "ARRAY_SORT": lambda a: call("list_sort", a[0].node, text("ASC"), text("NULLS LAST")),
    "ARRAY_CONTAINS": arrays.contains,
    "CARDINALITY": _integer(_plain("len")),
    "ARRAY_TO_STRING": arrays.array_to_string,
    "ARRAY_CAT": _plain("list_concat"),
    "ARRAY_UNION": arrays.union,
    "ARRAY_INTERSECT": arrays.intersect,
    "ARRAY_COMPLEMENT": arrays.complement,
    "ARRAY_DISTINCT": lambda a: arrays.unique(a[0].node),
    "ARRAY_REMOVE": arrays.without,
    "FLATTEN": _plain("flatten"),
    "EXPLODE": _plain("unnest"),
    "NAMED_ROW": _named_row,
    # DuckDB's hash is unsigned; AMC's fits a LONG.
    "HASH64": lambda a: cast(
        exp.BitwiseRightShift(this=call("hash", a[0].node), expression=number(1)), "BIGINT"
    ),
    "MD5": _texts("md5"),
    "SHA1": _texts("sha1"),
    "TO_VARBINARY": _varbinary({"hex": "unhex", "base64": "from_base64", "utf-8": "encode"}),
    "FROM_VARBINARY": _varbinary({"hex": "hex", "base64": "to_base64", "utf-8": "decode"}),
    "JSON_EXTRACT": _texts("json_extract_string"),
    "JSON_SERIALIZE": lambda a: cast(call("to_json", a[0].node), "VARCHAR"),
    "UUID": lambda _: cast(call("uuid"), "VARCHAR"),
}
VOLATILE = ("RANDOM", "UUID")
"""Functions that give another value each time: once per row, wherever the row goes."""
