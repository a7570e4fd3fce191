"""Names that AMC does not know: tables, columns, functions."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from sqlglot import exp

from amc.sql.functions import functions
from amc.sql.nodes import AmcFunction, call_args, call_name
from amc.sql.rules.base import Context, Remark, Rule

_RENAMED = {
    "display_impressions": "dsp_impressions",
    "display_clicks": "dsp_clicks",
    "display_views": "dsp_views",
    "sponsored_products_traffic": "sponsored_ads_traffic",
    "amazon_attributed_conversions_by_traffic_time": "amazon_attributed_events_by_traffic_time",
    "amazon_attributed_conversions_by_conversion_time": (
        "amazon_attributed_events_by_conversion_time"
    ),
}
_REFUSED = {
    "GETDATE": "write CAST('today' AS DATE)",
    "NOW": "write CAST('now' AS TIMESTAMP)",
    "DATEDIFF": "use SECONDS_BETWEEN(a, b)",
    "DATE_DIFF": "use SECONDS_BETWEEN(a, b)",
    "TIMESTAMPDIFF": "use SECONDS_BETWEEN(a, b)",
    "DATE_ADD": "compare with SECONDS_BETWEEN, or use EXTEND_TIME_WINDOW",
    "DATE_SUB": "compare with SECONDS_BETWEEN, or use EXTEND_TIME_WINDOW",
    "DATE": "write CAST(x AS DATE)",
    "NTILE": "rank with RANK() or ROW_NUMBER()",
}


def guess(name: str, known: Iterable[str]) -> str:
    """` Did you mean 'x'?`, when something is near enough."""
    near = get_close_matches(name.lower(), list(known), n=1, cutoff=0.75)
    return f" Did you mean '{near[0]}'?" if near else ""


def _tables(context: Context) -> Iterator[Remark]:
    catalog = context.analysis.catalog
    for node, name, table in context.analysis.tables:
        if table is not None or not name:
            continue
        renamed = _RENAMED.get(name.lower())
        hint = f" It is called '{renamed}' now." if renamed else guess(name, catalog.names)
        place = node.this if isinstance(node.this, exp.Identifier) else node
        yield Remark(place, f"There is no table '{name}'.{hint}", renamed)


def _unavailable(context: Context) -> Iterator[Remark]:
    for node, name, table in context.analysis.tables:
        if table is not None and not table.available:
            paid = " It is a paid feature." if table.paid else ""
            yield Remark(node, f"This instance has no '{name}'.{paid}")


def _columns(context: Context) -> Iterator[Remark]:
    for use in context.analysis.columns:
        if use.output is not None or not use.certain:
            continue
        name = use.node.name
        sources = use.level.sources
        if use.node.table:
            sources = [s for s in sources if s.alias == use.node.table.lower()]
            if not sources:
                yield Remark(use.node, f"No table of this SELECT is called '{use.node.table}'.")
                continue
        known = [n for s in sources for n in s.names()]
        where = f" in '{sources[0].alias}'" if len(sources) == 1 and sources[0].alias else ""
        yield Remark(use.node, f"There is no column '{name}'{where}.{guess(name, known)}")


def _functions(context: Context) -> Iterator[Remark]:
    for node in context.analysis.tree.find_all(exp.Anonymous):
        name = node.name.upper()
        if name in _REFUSED or name == "TABLE":
            continue
        near = guess(name, (f.lower() for f in functions())).upper().replace("DID YOU MEAN", "")
        hint = f" Did you mean{near.rstrip('?')}?" if near else ""
        yield Remark(node, f"AMC documents no function {name}.{hint}")


def _refused(context: Context) -> Iterator[Remark]:
    for node in context.analysis.tree.find_all(exp.Func):
        name = call_name(node)
        if name in _REFUSED:
            yield Remark(node, f"AMC has no function {name}: {_REFUSED[name]}.")


def _arguments(context: Context) -> Iterator[Remark]:
    known = functions()
    for node in context.analysis.tree.find_all(AmcFunction):
        spec = known.get(node.name)
        if spec is None or spec.kind in ("table", "parameter"):
            continue
        count = len(call_args(node))
        most = spec.max_args if spec.max_args is not None else count
        if not spec.min_args <= count <= most:
            yield Remark(
                node, f"{spec.name} has {count} arguments here; it is written {spec.signature}."
            )


RULES = (
    Rule(
        "unknown-table",
        "error",
        "The table does not exist.",
        "AMC refuses the whole query: Object '…' not found.",
        "SELECT campaign FROM dsp_impresions",
        "SELECT campaign FROM dsp_impressions",
        _tables,
    ),
    Rule(
        "unavailable-table",
        "error",
        "The instance does not have this table.",
        "AMC answers as if it did not exist: Object '…' not found.",
        "SELECT campaign FROM dsp_impressions on an instance without DSP",
        "run it on an instance that has the data source",
        _unavailable,
    ),
    Rule(
        "unknown-column",
        "error",
        "The column does not exist in the tables that are read.",
        "AMC refuses the whole query: Column '…' not found in any table.",
        "SELECT campain FROM dsp_impressions",
        "SELECT campaign FROM dsp_impressions",
        _columns,
    ),
    Rule(
        "unknown-function",
        "warning",
        "The function is not documented for AMC.",
        "AMC's list of functions may be longer than its documentation, so this may still run.",
        "SELECT STRFTIME(impression_dt_utc, '%Y') FROM dsp_impressions",
        "SELECT YEAR(impression_dt_utc) FROM dsp_impressions",
        _functions,
    ),
    Rule(
        "refused-function",
        "error",
        "AMC is known to refuse this function.",
        "AMC SQL has no date arithmetic and few clock functions.",
        "SELECT DATEDIFF(a_dt, b_dt) FROM t",
        "SELECT SECONDS_BETWEEN(b_dt, a_dt) FROM t",
        _refused,
    ),
    Rule(
        "argument-count",
        "error",
        "The function has another number of arguments.",
        "AMC refuses a call that fits no form of the function.",
        "SELECT SECONDS_BETWEEN(impression_dt_utc) FROM dsp_impressions",
        "SELECT SECONDS_BETWEEN(a_dt, b_dt) FROM t",
        _arguments,
    ),
)
