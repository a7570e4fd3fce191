"""Checking a long query with the whole catalog."""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import sqlglot

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
    return 0 if value / floor <= 4 and p95 <= 100 else 1


if __name__ == "__main__":
    sys.exit(main())
