"""Binding 50,000 values, and whether sending, formatting and binding grow in a straight line."""

import statistics
import sys
import time
from collections.abc import Callable

from amc.sql.binding import bind, bound
from amc.sql.format import format_sql
from amc.sql.parameters import prepare
from amc.sql.sent import sent_text, told_in_author_terms

VALUES = [f"B{n:09d}" for n in range(50_000)]
QUOTED = [f"it's {n:05d}" for n in range(50_000)]
IN_LIST = "SELECT campaign FROM dsp_clicks WHERE campaign IN ({{ x }})"
ROWS = "WITH v (asin) AS (VALUES {{ x }}) SELECT asin FROM v"
GOAL, GROWTH = 20.0, 6.0


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def ratio(work: Callable[[], object], floor: Callable[[], object]) -> tuple[float, float, float]:
    """Median of both in milliseconds, taken turn by turn, and their ratio."""
    pairs = [(seconds(work), seconds(floor)) for _ in range(11)]
    value, least = (statistics.median(times) * 1000 for times in zip(*pairs, strict=True))
    return value, least, value / least


def commented(conditions: int) -> str:
    lines = [
        f"  AND campaign <> 'x{n}' -- note {n}: it's /* odd\n  /* and {n} */\n"
        for n in range(conditions)
    ]
    head = "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks WHERE clicks = 1\n"
    return head + "".join(lines) + "GROUP BY campaign"


def told(sql: str) -> object:
    sent, written = sent_text(sql), bound(sql, {})
    return told_in_author_terms("From line 1, column 45: no", sent, written)


def places(count: int) -> str:
    return f"SELECT a FROM t WHERE b IN ({', '.join(['{{ x }}'] * count)})"


def main() -> int:
    worst = 0
    for name, sql, values in (
        ("binding 50,000 values", IN_LIST, VALUES),
        ("binding 50,000 rows", ROWS, VALUES),
        ("binding 50,000 texts with quotes", IN_LIST, QUOTED),
    ):
        value, floor, found = ratio(
            lambda sql=sql, values=values: bind(sql, {"x": values}),  # type: ignore[misc]
            lambda values=values: ", ".join(values),  # type: ignore[misc]
        )
        print(
            f"{name:34} {value:8.2f} ms  floor {floor:6.2f} ms (joining them)"
            f"  ratio {found:5.1f}  goal {GOAL:.0f}"
        )
        worst = max(worst, found >= GOAL)
    short = bind(ROWS, {"x": VALUES[:1]})
    value, floor, found = ratio(lambda: prepare(ROWS, {"x": VALUES}), lambda: prepare(short, {}))
    print(
        f"{'50,000 rows, bound and typed':34} {value:8.2f} ms  floor {floor:6.2f} ms (one row)"
        f"  {value - floor:5.2f} ms more: nothing bound is parsed"
    )
    for name, work, text in (
        ("sending", sent_text, commented),
        ("formatting", format_sql, commented),
        ("a message told in its places", told, commented),
        ("binding at many places", lambda sql: bind(sql, {"x": "v"}), places),
    ):
        value, floor, found = ratio(
            lambda work=work, text=text: work(text(2000)),  # type: ignore[misc]
            lambda work=work, text=text: work(text(500)),  # type: ignore[misc]
        )
        print(
            f"{name + ', four times the text':34} {value:8.2f} ms  floor {floor:6.2f} ms (once)"
            f"  ratio {found:5.1f}  goal {GROWTH:.0f}"
        )
        worst = max(worst, found >= GROWTH)
    return int(worst)


if __name__ == "__main__":
    sys.exit(main())
