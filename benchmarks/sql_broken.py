"""Checking every prefix and every one-token deletion of the corpus: nothing raises, nothing lasts.

`python -m benchmarks.sql_broken N` takes every N-th token only (1: all of them, some minutes).
"""

import sys
import time

from amc.sql.checker import check
from benchmarks.sql_check import CORPUS
from tests.unit.sql.broken import prefixes, with_one_twice, without_one_token

STRIDE, GOAL_S = 25, 2.0


def main(stride: int = STRIDE) -> int:
    texts = longest = 0.0
    found = without = 0
    worst = ""
    for number, path in enumerate(sorted(CORPUS.parent.glob("*/*.sql"))):
        sql = path.read_text(encoding="utf-8")
        first = number % stride
        for broken in (
            *prefixes(sql, stride, first),
            *without_one_token(sql, stride, first),
            *with_one_twice(sql, stride, first),
        ):
            start = time.process_time()
            findings = check(broken)
            lasted = time.process_time() - start
            texts += 1
            found += len(findings)
            without += not findings
            if lasted > longest:
                longest, worst = lasted, path.stem
    print(
        f"{texts:.0f} broken texts, {found} findings, {without} without any (still good queries); "
        f"the longest took {longest * 1000:.0f} ms ({worst})  goal {GOAL_S:g} s"
    )
    return 0 if longest < GOAL_S else 1


if __name__ == "__main__":
    sys.exit(main(*(int(n) for n in sys.argv[1:2])))
