"""Checking a query of 200 lines with the whole catalog, and every query of the corpus."""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import sqlglot

from amc.sql.checker import check

CORPUS = Path(__file__).parents[1] / "tests" / "fixtures" / "sql" / "corpus"
RATIO, P95_MS = 4.0, 100.0


def seconds(work: Callable[[], object]) -> float:
    """Of the processor: what else the machine does is not measured."""
    start = time.process_time()
    work()
    return time.process_time() - start


def main() -> int:
    queries = [p.read_text(encoding="utf-8") for p in sorted(CORPUS.glob("*.sql"))]
    long = max(queries, key=len)
    lines = long.count("\n")
    check(long)
    # Turn by turn, so that both meet the same machine.
    pairs = [
        (seconds(lambda: check(long)), seconds(lambda: sqlglot.parse_one(long))) for _ in range(11)
    ]
    value, floor = (statistics.median(times) * 1000 for times in zip(*pairs, strict=True))
    print(
        f"check of a query of {lines} lines     {value:8.1f} ms  floor {floor:6.1f} ms "
        f"(sqlglot's parse)  ratio {value / floor:4.1f}  goal {RATIO:g}"
    )
    single = sorted(seconds(lambda q=q: check(q)) * 1000 for q in queries)
    p95 = single[int(len(single) * 0.95)]
    print(
        f"check of {len(queries)} queries, 95 of 100 in {p95:6.1f} ms  "
        f"the longest in {single[-1]:6.1f} ms  goal {P95_MS:g} ms"
    )
    return 0 if lines >= 200 and value / floor <= RATIO and p95 <= P95_MS else 1


if __name__ == "__main__":
    sys.exit(main())
