"""The data sources that a query reads, and over which window."""

from datetime import timedelta

from amc.sql.analysis import Analysis
from amc.sql.catalog import DataSource
from amc.sql.explain.model import SourceRead
from amc.sql.nodes import place

_NOTES = {
    "amazon_attributed_events_by_conversion_time": "conversions {}, their ad events up to 14 days "
    "before",
    "amazon_attributed_events_by_traffic_time": "ad events {}, their conversions up to 30 days "
    "later",
}


def explain_reads(found: Analysis) -> list[SourceRead]:
    """Every read of a data source, in the order of the text."""
    extended = {id(node): call for node, call in found.extended}
    reads = []
    for node, name, table in found.tables:
        call = extended.get(id(node))
        before = (call.before if call else None) or timedelta()
        after = (call.after if call else None) or timedelta()
        reads.append(
            SourceRead(
                name=name.lower(),
                alias=(node.alias or name).lower(),
                line=int(place(node).get("line", 0)) or 1,
                kind=table.kind if table else "unknown",
                paid=bool(table and table.paid),
                window_column=table.time_column if table else None,
                before_s=int(before.total_seconds()),
                after_s=int(after.total_seconds()),
                window=_window(table, before, after),
                available=table is None or table.available,
            )
        )
    return sorted(reads, key=lambda r: r.line)


def _window(table: DataSource | None, before: timedelta, after: timedelta) -> str:
    if table is not None and (table.kind != "FACT" or not table.time_column):
        return "the latest state: the window does not cut it"
    span = _span(before, after)
    base = (table.audience_of or table.name).lower() if table is not None else ""
    return _NOTES[base].format(span) if base in _NOTES else span


def _span(before: timedelta, after: timedelta) -> str:
    if not before and not after:
        return "in the run's window"
    start = f"{_days(before)} before the run's window begins" if before else "the window's start"
    end = f"{_days(after)} after it ends" if after else "the window's end"
    return f"from {start} to {end}"


def _days(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    if hours % 24:
        return f"{hours:g} hours"
    days = int(hours // 24)
    return "1 day" if days == 1 else f"{days} days"
