"""How heavy a query likely is: a class and the reasons, not a prediction of minutes."""

from collections import Counter
from collections.abc import Sequence

from sqlglot import exp

from amc.sql.explain.model import Cost, CostLevel, JoinRead, SourceRead
from amc.sql.nodes import is_distinct

# Points of one read; what is not named here counts 1.
_HEAVY = {
    "dsp_impressions": 2.0,
    "dsp_views": 2.0,
    "dsp_video_events_feed": 2.0,
    "sponsored_ads_traffic": 2.0,
    "conversions_all": 2.0,
    "amazon_pvc_streaming_events_feed": 2.0,
}
_BY_SEGMENT = ("dsp_impressions_by_matched_segments", "dsp_impressions_by_user_segments")
_LIMITS: tuple[tuple[CostLevel, float], ...] = (("small", 4.0), ("medium", 10.0))
_DAY_S = 86_400


def explain_cost(tree: exp.Expr, reads: Sequence[SourceRead], joins: Sequence[JoinRead]) -> Cost:
    """The class of a query with the reasons, the weightiest first."""
    weighed = [*_reads(reads), *_joins(reads, joins), *_work(tree)]
    points = sum(p for p, _ in weighed)
    level: CostLevel = next((name for name, limit in _LIMITS if points < limit), "large")
    reasons = [text for p, text in sorted(weighed, key=lambda w: -w[0]) if text]
    return Cost(level, tuple(reasons) or ("It reads no data source.",))


def _base(name: str) -> str:
    return name.removesuffix("_for_audiences")


def _reads(reads: Sequence[SourceRead]) -> list[tuple[float, str]]:
    found: list[tuple[float, str]] = []
    counts = Counter(_base(r.name) for r in reads)
    for name, count in counts.items():
        times = f" {count} times" if count > 1 else ""
        if name in _BY_SEGMENT:
            found.append((5.0 * count, f"Reads {name}{times}: one row per impression and segment."))
        elif name.startswith("audience_segments_"):
            found.append((4.0 * count, f"Reads {name}{times}: one row per user and segment."))
        elif name in _HEAVY:
            found.append((_HEAVY[name] * count, f"Reads {name}{times}: one row per ad event."))
        else:
            found.append((1.0 * count, f"Reads {name}{times}."))
    for name in dict.fromkeys(r.name for r in reads):
        days = max((r.before_s + r.after_s) / _DAY_S for r in reads if r.name == name)
        if days:
            found.append((min(days / 28, 6.0), f"Reads {days:g} more days of {name}."))
    return found


def _joins(reads: Sequence[SourceRead], joins: Sequence[JoinRead]) -> list[tuple[float, str]]:
    found: list[tuple[float, str]] = []
    names = {r.alias: _base(r.name) for r in reads}
    for join in joins:
        if join.kind == "CROSS" and join.many_to_many:
            found.append((8.0, f"Joins every row of {join.left} with every row of {join.right}."))
        elif join.many_to_many:
            found.append((3.0, f"Joins {join.left} and {join.right} many to many."))
        if join.right in names and names[join.right] in [
            names.get(a) for a in join.left.replace(" and ", ", ").split(", ")
        ]:
            found.append((2.0, f"Joins {names[join.right]} with itself."))
    return found


def _work(tree: exp.Expr) -> list[tuple[float, str]]:
    counts = sum(1 for c in tree.find_all(exp.Count) if is_distinct(c))
    windows = sum(1 for _ in tree.find_all(exp.Window))
    lists = [c.name for c in tree.find_all(exp.AggFunc) if c.name == "COLLECT"]
    unions = sum(1 for u in tree.find_all(exp.Union) if u.args.get("distinct"))
    found: list[tuple[float, str]] = []
    if counts:
        found.append((min(0.5 * counts, 3.0), f"{_times(counts, 'distinct count')}."))
    if windows:
        found.append((min(0.5 * windows, 2.0), f"{_times(windows, 'window function')}."))
    if lists:
        found.append((1.0, "Collects lists of values (COLLECT)."))
    if unions:
        found.append((1.0, f"{_times(unions, 'UNION')} that must find equal rows."))
    return found


def _times(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"
