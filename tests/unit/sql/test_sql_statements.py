"""Statements in every form of the grammar, held against the same question asked in Python."""

from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from amc.sql.catalog import Catalog, Column, DataSource
from amc.sql.dialect import parse
from amc.sql.errors import SqlUnsupportedError
from amc.sql.explain import explain
from amc.sql.format import format_sql
from amc.sql.sent import sent_text
from tests.unit.sql.duck import Duck

# number, word, factor, flag
T: list[tuple[int, str | None, float | None, bool | None]] = [
    (1, "a", 1.5, True),
    (2, "b", None, False),
    (3, None, 2.5, None),
    (4, "a", 4.0, True),
    (5, "c", 0.5, False),
]
U = [(1, "A"), (2, "B"), (2, "BB"), (9, "Z")]
Rows = list[tuple[Any, ...]]


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return f"'{value}'" if isinstance(value, str) else str(value).upper()


def table(rows: Rows, columns: str) -> str:
    cells = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
    return f"SELECT * FROM (VALUES {cells}) v({columns})"


def source(name: str, columns: dict[str, str]) -> DataSource:
    made = {c: Column(c, kind) for c, kind in columns.items()}
    return DataSource(name, "DIMENSION", False, None, None, made)


CATALOG = Catalog(
    {
        "t": source("t", {"n": "LONG", "s": "STRING", "x": "DOUBLE", "f": "BOOLEAN"}),
        "u": source("u", {"k": "LONG", "name": "STRING"}),
    }
)


@pytest.fixture(scope="module")
def duck() -> Duck:
    return Duck(
        {"t": table(list(T), "n, s, x, f"), "u": table(list(U), "k, name")},
        {"words": ["a", "c"], "none": [], "all": ["ALL"], "three": 3, "nothing": None},
        catalog=CATALOG,
    )


def sums() -> dict[str | None, int]:
    found: dict[str | None, int] = defaultdict(int)
    for n, s, _, _ in T:
        found[s] += n
    return found


def pairs(on: Callable[[int, int], bool]) -> Rows:
    return [(n, k) for n, *_ in T for k, _ in U if on(n, k)]


def left(on: Callable[[int, int], bool]) -> Rows:
    lone: Rows = [(n, None) for n, *_ in T if not any(on(n, k) for k, _ in U)]
    return pairs(on) + lone


def full(on: Callable[[int, int], bool]) -> Rows:
    lone: Rows = [(None, k) for k, _ in U if not any(on(n, k) for n, *_ in T)]
    return left(on) + lone


def equal(a: int, b: int) -> bool:
    return a == b


CASES: dict[str, tuple[str, Rows]] = {
    # SELECT lists
    "all": ("SELECT ALL s FROM t", [(s,) for _, s, _, _ in T]),
    "distinct": ("SELECT DISTINCT s FROM t", [(s,) for s in {s for _, s, _, _ in T}]),
    "distinct in brackets": ("SELECT DISTINCT(s), f FROM t", list({(s, f) for _, s, _, f in T})),
    "no FROM": ("SELECT ROUND(5.5) AS r, 1 + 1 AS two", [(6, 2)]),
    "names that look reserved": (
        "SELECT n AS final, n rank, n AS path, n AS date, n AS year, n AS month, n AS first, "
        'n AS type, n AS time, n AS start, n AS "order" FROM t final WHERE final.n = 1',
        [(1,) * 11],
    ),
    "CTEs called final and ranked": (
        "WITH final AS (SELECT n AS rank, s AS date FROM t), ranked AS (SELECT rank AS path "
        "FROM final) SELECT path FROM ranked WHERE path < 3",
        [(1,), (2,)],
    ),
    "any case": ("sElEcT T.N fRoM T wHeRe S = 'a'", [(1,), (4,)]),
    "comments in place of blanks": ("SELECT/**/n/* FROM u */FROM--x\nt", [(n,) for n, *_ in T]),
    "quoted names": ('SELECT "n" AS "a b" FROM "t" AS "T 1" WHERE "T 1"."n" = 1', [(1,)]),
    # GROUP BY and HAVING
    "group by ordinal": ("SELECT s, SUM(n) AS v FROM t GROUP BY 1", list(sums().items())),
    "group by alias": ("SELECT s AS w, SUM(n) v FROM t GROUP BY w", list(sums().items())),
    "group by an expression": (
        "SELECT CONCAT(s, '!') AS s, COUNT(1) AS c FROM t WHERE s IS NOT NULL "
        "GROUP BY CONCAT(s, '!')",
        [(f"{s}!", c) for s, c in Counter(s for _, s, _, _ in T if s).items()],
    ),
    "having an alias with a column's name": (
        "SELECT s, SUM(n) AS n FROM t GROUP BY s HAVING n > 3",
        [(s, v) for s, v in sums().items() if v > 3],
    ),
    "having without group": ("SELECT SUM(n) AS v FROM t HAVING SUM(n) > 100", []),
    "group by a window": (
        "SELECT ROW_NUMBER() OVER (PARTITION BY s ORDER BY n) AS r, COUNT(n) AS c FROM t "
        "GROUP BY 1",
        [(1, 4), (2, 1)],
    ),
    # Joins
    "using": ("SELECT n, name FROM (SELECT n, n AS k FROM t) a JOIN u USING (k)", [
        (n, name) for n, *_ in T for k, name in U if n == k
    ]),
    "comma": ("SELECT n, k FROM t, u WHERE n = k", pairs(equal)),
    "non-equi": ("SELECT n, k FROM t a JOIN u b ON a.n >= b.k", pairs(lambda a, b: a >= b)),
    "left with more conditions": (
        "SELECT n, k FROM t LEFT OUTER JOIN u ON n = k AND name SIMILAR TO '^.$'",
        [(1, 1), (2, 2), (3, None), (4, None), (5, None)],
    ),
    "left": ("SELECT n, k FROM t LEFT JOIN u ON n = k", left(equal)),
    "full": ("SELECT n, k FROM t FULL OUTER JOIN u ON n = k", full(equal)),
    "or in on": (
        "SELECT n, k FROM t INNER JOIN u ON n = k OR n + 4 = k",
        pairs(lambda a, b: a == b or a + 4 == b),
    ),
    "cross": ("SELECT COUNT(1) AS c FROM t CROSS JOIN u", [(len(T) * len(U),)]),
    "joins in brackets": ("SELECT n, k FROM (t JOIN u ON n = k)", pairs(equal)),
    "a join with itself": (
        "SELECT a.n, b.n AS m FROM t a JOIN t b ON a.s = b.s AND a.n < b.n", [(1, 4)]
    ),
    # Subqueries
    "derived without alias": ("SELECT MAX(v) AS m FROM (SELECT n AS v FROM t)", [(5,)]),
    "derived with a column list": ("SELECT w FROM (SELECT n FROM t) AS q (w)", [
        (n,) for n, *_ in T
    ]),
    "in": ("SELECT n FROM t WHERE n IN (SELECT k FROM u)", [(1,), (2,)]),
    "not in": ("SELECT n FROM t WHERE n NOT IN (SELECT k FROM u)", [(3,), (4,), (5,)]),
    "exists": (
        "SELECT n FROM t WHERE EXISTS (SELECT 1 AS one FROM u WHERE u.k = t.n)", [(1,), (2,)]
    ),
    "not exists": (
        "SELECT n FROM t WHERE NOT EXISTS (SELECT 1 AS one FROM u WHERE k = n)",
        [(3,), (4,), (5,)],
    ),
    "scalar": ("SELECT SUM(n) / (SELECT MAX(k) AS m FROM u) AS r FROM t", [(15 / 9,)]),
    "a CTE in a CTE": (
        "WITH a AS (WITH b (w) AS (SELECT n FROM t) SELECT w + 1 AS w FROM b) SELECT MAX(w) AS m "
        "FROM a",
        [(6,)],
    ),
    "a later CTE hides a table": ("WITH u AS (SELECT 7 AS k) SELECT k FROM u", [(7,)]),
    "values": (
        "WITH v (id, grp) AS (VALUES ('a', 'x'), ('b', 'y')) SELECT grp, SUM(n) AS v FROM t "
        "JOIN v ON v.id = s GROUP BY grp",
        [("x", 5), ("y", 2)],
    ),
    "values in FROM": ("SELECT b FROM (VALUES (1, 'p'), (2, 'q')) AS v (a, b) WHERE a = 2", [
        ("q",)
    ]),
    # Set operations
    "union": ("SELECT n FROM t UNION SELECT k FROM u", [(i,) for i in (1, 2, 3, 4, 5, 9)]),
    "union chain": (
        "SELECT s FROM t UNION SELECT s FROM t UNION ALL SELECT name FROM u WHERE k = 9",
        [("a",), ("b",), (None,), ("c",), ("Z",)],
    ),
    "union in brackets": (
        "(SELECT n FROM t WHERE n = 1) UNION ALL (SELECT k FROM u WHERE k = 1)", [(1,), (1,)]
    ),
    "union of a number and a text": ("SELECT n FROM t WHERE n = 1 UNION ALL SELECT 2", [
        (1,), (2,)
    ]),
    # Windows
    "named window": (
        "SELECT n, SUM(n) OVER w AS v FROM t WHERE s = 'a' WINDOW w AS (PARTITION BY s)",
        [(1, 5), (4, 5)],
    ),
    "two named windows": (
        "SELECT n, RANK() OVER (w ORDER BY n DESC) AS r, COUNT(n) OVER v AS c FROM t WHERE n < 3 "
        "WINDOW w AS (PARTITION BY f), v AS ()",
        [(1, 1, 2), (2, 1, 2)],
    ),
    "rank of a sum": (
        "SELECT s, RANK() OVER (ORDER BY SUM(n) DESC) AS r FROM t GROUP BY s",
        [
            (s, 1 + sum(1 for other in sums().values() if other > v))
            for s, v in sums().items()
        ],
    ),
    "a share": (
        "SELECT n, n / SUM(n) OVER () AS p FROM t", [(n, n / 15) for n, *_ in T]
    ),
    # Paths
    "a path": (
        "SELECT ARRAY_SORT(COLLECT(DISTINCT NAMED_ROW('order', n, 'word', s))) AS path, "
        "COUNT(1) AS c FROM t WHERE s = 'a' GROUP BY s",
        [([{"order": 1, "word": "a"}, {"order": 4, "word": "a"}], 2)],
    ),
    "a path grouped by": (
        "WITH p AS (SELECT f, ARRAY_SORT(COLLECT(DISTINCT s)) AS path FROM t GROUP BY f) "
        "SELECT path, COUNT(1) AS c FROM p WHERE f IS NOT NULL GROUP BY path",
        [(["a"], 1), (["b", "c"], 1)],
    ),
    "explode": (
        "SELECT w, COUNT(1) AS c FROM (SELECT EXPLODE(ARRAY[s, 'z']) AS w FROM t) "
        "GROUP BY w",
        [("a", 2), ("b", 1), ("c", 1), (None, 1), ("z", 5)],
    ),
    # Parameters
    "the optional filter": (
        "SELECT n FROM t WHERE (ARRAY_CONTAINS(CUSTOM_PARAMETER('none'), s) OR "
        "CUSTOM_PARAMETER('none') IS NULL OR CARDINALITY(CUSTOM_PARAMETER('none')) = 0) "
        "AND n < CUSTOM_PARAMETER('three')",
        [(1,), (2,)],
    ),
    "a list": ("SELECT n FROM t WHERE ARRAY_CONTAINS(CUSTOM_PARAMETER('words'), s)", [
        (1,), (4,), (5,)
    ]),
    "the magic element": (
        "SELECT COUNT(1) AS c FROM t WHERE ARRAY_CONTAINS(CUSTOM_PARAMETER('all'), s) OR "
        "ARRAY_CONTAINS(CUSTOM_PARAMETER('all'), 'ALL')",
        [(5,)],
    ),
    "arithmetic with one": ("SELECT 60*60*24*CUSTOM_PARAMETER('three') AS v", [(259_200,)]),
    # Aggregates
    "counts": (
        "SELECT COUNT(*) AS a, COUNT(1) AS b, COUNT(s) AS c, COUNT(DISTINCT s) AS d, "
        "COUNT(ALL s) AS e, COUNT(DISTINCT s, f) AS g FROM t",
        [(5, 5, 4, 3, 4, 3)],
    ),
    "sums of conditions": (
        "SELECT SUM(IF(f, n, 0)) AS a, SUM(CASE WHEN f = FALSE THEN n END) AS b, "
        "COUNT(DISTINCT IF(f, s, NULL)) AS c FROM t",
        [(5, 7, 1)],
    ),
    "NULLs are skipped": (
        "SELECT SUM(x) AS a, AVG(x) AS b, MIN(x) AS c, MAX(s) AS d, SUM(IF(n > 9, n, NULL)) AS e "
        "FROM t",
        [(8.5, 2.125, 0.5, "c", None)],
    ),
    "rates without casts": (
        "SELECT SUM(IF(f, 1, 0)) / COUNT(1) AS r, SUM(n) / SUM(IF(n > 9, 1, 0)) AS z FROM t",
        [(0.4, None)],
    ),
}  # fmt: skip


def plain(value: Any) -> Any:
    """Numbers of every kind as one kind, without the last digits."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return round(float(value), 9)
    return value


def shown(rows: Rows) -> list[str]:
    return sorted(repr([plain(v) for v in row]) for row in rows)


@pytest.mark.parametrize("name", list(CASES))
def test_a_statement_gives_what_python_gives(duck: Duck, name: str) -> None:
    sql, expected = CASES[name]
    assert shown(duck.run(sql)) == shown(expected)


@pytest.mark.parametrize("name", list(CASES))
def test_a_statement_survives_every_way_through(duck: Duck, name: str) -> None:
    """Written anew, formatted, or made ready to be sent: it means the same."""
    sql, _ = CASES[name]
    rows, tree = shown(duck.run(sql)), parse(sql)
    anew = tree.sql("amc", comments=False)
    assert parse(anew).sql("amc") == anew
    assert shown(duck.run(anew)) == rows
    assert parse(sent_text(sql).text) == tree
    formatted = format_sql(sql)
    assert parse(formatted) == tree
    assert format_sql(formatted) == formatted
    assert explain(sql, CATALOG).output


def test_the_published_samples_of_deviation(duck: Duck) -> None:
    values = ", ".join(f"({v})" for v in (20, 45, 30, 66, 50, 60, 85, 70))
    (row,) = duck.run(
        f"WITH v (x) AS (VALUES {values}) SELECT ROUND(STDDEV(x), 5) AS a, "
        "ROUND(VARIANCE(x), 4) AS b, STDDEV_SAMP(x) - STDDEV(x) AS c, "
        "VAR_SAMP(x) - VARIANCE(x) AS d FROM v"
    )
    assert [float(v) for v in row] == [21.45261, 460.2143, 0, 0]


def test_joins_in_brackets_on_the_right_are_refused_rather_than_misread(duck: Duck) -> None:
    with pytest.raises(SqlUnsupportedError):
        duck.run("SELECT t.n FROM t JOIN (u JOIN t b ON u.k = b.n) ON t.n = u.k")
