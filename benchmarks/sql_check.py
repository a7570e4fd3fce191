"""Checking a long query with the whole catalog, and binding 50,000 values."""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import sqlglot

from amc.sql.binding import bind
from amc.sql.checker import check

CORPUS = Path(__file__).parents[1] / "tests" / "fixtures" / "sql" / "corpus"


def measured(work: Callable[[], object], repeats: int = 7) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def main() -> int:
    queries = [p.read_text() for p in sorted(CORPUS.glob("*.sql"))]
    long = max(queries, key=len)
    floor = measured(lambda: sqlglot.parse_one(long))
    value = measured(lambda: check(long))
    print(
        f"check of the longest query     {value:8.1f} ms  floor {floor:6.1f} ms (sqlglot's parse)"
        f"  ratio {value / floor:5.1f}  goal 4"
    )
    single = sorted(measured(lambda q=q: check(q), 1) for q in queries)
    p95 = single[int(len(single) * 0.95)]
    print(f"check, 95 of 100 of the corpus {p95:8.1f} ms  goal 100 ms")
    values = [f"B{n:09d}" for n in range(50_000)]
    plain = measured(lambda: ", ".join(values))
    bound = measured(lambda: bind("SELECT a FROM t WHERE b IN ({{ x }})", {"x": values}))
    print(
        f"binding 50,000 values          {bound:8.1f} ms  floor {plain:6.2f} ms (joining them)"
        f"  ratio {bound / plain:5.1f}  goal 20"
    )
    return 0 if value / floor <= 4 and p95 <= 100 and bound / plain < 20 else 1


if __name__ == "__main__":
    sys.exit(main())
