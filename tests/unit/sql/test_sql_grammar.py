"""What sqlglot would let pass and AMC refuses: each at its place; and what only looks like it."""

import pytest

from amc.sql.dialect import parse
from amc.sql.errors import SqlSyntaxError

# The place of the finding is where the text stands that is named beside it.
REFUSED = [
    ("SELECT a FROM 'dsp_clicks'", "'dsp_clicks'"),
    ("SELECT a FROM t JOIN 'u' ON 1 = 1", "'u'"),
    ("SELECT a FROM t 'x'", "'x'"),
    ("SELECT a AS 'x' FROM t", "'x'"),
    ("SELECT a AS 1 FROM t", "1"),
    ("SELECT a FROM t WHERE x = 1, u", ", u"),
    ("SELECT a FROM t WHERE x = 'a', 'b'", ", 'b'"),
    ("SELECT a FROM t GROUP BY a HAVING b, c", ", c"),
    ("SELECT a FROM t GROUP BY a WHERE a = 1", "WHERE"),
    ("SELECT a FROM t HAVING a > 1 WHERE b = 2", "WHERE"),
    ("SELECT a FROM t ORDER BY a WHERE b = 2", "WHERE"),
    ("SELECT a FROM t HAVING a > 1 GROUP BY a", "GROUP"),
    ("SELECT a FROM t WHERE a = 1 JOIN u ON t.a = u.a", "JOIN"),
    ("SELECT a FROM t WHERE a = 1 WHERE b = 2", "WHERE b"),
    ("SELECT a FROM t GROUP BY a GROUP BY b", "GROUP BY b"),
    ("SELECT FROM t", "FROM"),
    ("SELECT DISTINCT FROM t", "FROM"),
    ("SELECT a FROM (SELECT)", ")"),
    ("SELECT a FROM t WHERE a IN (SELECT FROM u)", "FROM u"),
    ("SELECT a FROM t WHERE a IN 1, 2", "1"),
    ("SELECT a FROM t WHERE a IN 'x'", "'x'"),
    ("SELECT a FROM t WHERE a IN ()", ")"),
    ("SELECT a IS FROM t", "FROM"),
    ("SELECT a FROM t WHERE a IS 'x'", "'x'"),
    ("WITH x (SELECT 1 AS a) SELECT a FROM x", "("),
    ("WITH x AS (SELECT 1 AS a), y (SELECT a FROM x) SELECT a FROM y", "(SELECT a"),
    ("SELECT t. FROM t", "FROM"),
    ("SELECT 'a' 'b' AS c", "'b'"),
    ("SELECT a FROM t WHERE a IN ('x' 'y')", "'y'"),
    ("SELECT CONCAT('a' 'b') AS c", "'b'"),
    ("SELECT SUM(a) OVER FROM t", "FROM"),
    ("SELECT a FROM t JOIN u USING a", "a", ),
    ("SELECT 1a FROM t", "1a"),
    ("SELECT 0x1F AS a", "0x1F"),
    ("SELECT 1e AS a", "1e"),
    ("SELECT 1..2 AS a", "1..2"),
    ("SELECT 1.2.3 AS a", "1.2.3"),
    ("SELECT N'x' AS a", "N'x'"),
    ("SELECT a -> b FROM t", "->"),
    ("SELECT f(x => 1) AS a", "=>"),
    ("SELECT a FROM t FOR UPDATE", "FOR"),
    ("SELECT a INTO x FROM t", "INTO"),
    ("SELECT a FROM t WITH (NOLOCK)", "WITH"),
    ('SELECT "" FROM t', '""'),
    ("SELECT a FROM [Table_Name]", "["),
    ("SELECT SUM(a) AS , b FROM t", ", b"),
    ("SELECT (SUM(a) AS) FROM t", ") FROM"),
    ("SELECT CASE WHEN a = 1 'x' ELSE 'y' END AS c FROM t", "ELSE"),
    ("SELECT CASE WHEN a = 1 'x' WHEN b THEN 2 END AS c FROM t", "WHEN b"),
    ("SELECT CASE WHEN CASE WHEN a THEN 1 END = 1 'x' END AS c FROM t", "END AS"),
    ("SELECT a FROM t WHERE a NOT NULL", "NOT"),
    ("SELECT SUM(a) NOT NULL AS x FROM t", "NOT"),
    ("WITH v (a) AS (VALUES ('1') ('2')) SELECT a FROM v", "('2')"),
    ("SELECT (a, b) AS c FROM t", "(a"),
    ("SELECT a FROM t WHERE x >= (a, 0)", "(a"),
    ("SELECT a FROM t JOIN u ON (t.a, u.a) = u.b", "(t.a"),
    ("SELECT SUM(IF((a, b) < 3, 1, 0)) AS n FROM t", "(a, b)"),
    ("SELECT CARDINALITY((a, b)) AS n FROM t", "(a, b)"),
    ("SELECT ('today' AS DATE) AS d FROM t", "AS DATE"),
    ("SELECT CASE WHEN a THEN 1 AS x FROM t", "CASE"),
    ("SELECT SUM(CASE WHEN a THEN 1) AS x FROM t", "CASE"),
    ("SELECT a FROM t WHERE CASE WHEN a THEN 1 ELSE 2 = 1", "CASE"),
    ("SELECT CASE WHEN a THEN CASE WHEN b THEN 1 END AS x FROM t GROUP BY 1", "CASE WHEN a"),
    ("WITH x AS (SELECT 1 AS a)", ")"),
    ("SELECT a FROM t WHERE a = [campaign]", "["),
]  # fmt: skip
TAKEN = [
    "SELECT 1AS a",
    "SELECT 1 AS a WHERE 1=1AND 2 IS DISTINCT FROM 3",
    "SELECT a FROM t WHERE a IS NOT DISTINCT FROM b",
    "SELECT POSITION('b' IN a) AS p FROM t",
    "SELECT SUBSTRING(a FROM 1 FOR 2) AS x, TRIM(BOTH 'x' FROM a) AS y FROM t",
    "SELECT a FROM t WHERE EXTRACT(DAY FROM b) = 1 GROUP BY a",
    "SELECT a FROM t UNION SELECT b FROM u ORDER BY 1 LIMIT 5",
    "(SELECT a FROM t) UNION (SELECT b FROM u) ORDER BY 1",
    "SELECT SUM(a) OVER w, SUM(b) OVER () FROM t WINDOW w AS (), v AS (w ORDER BY a)",
    "SELECT a FROM t JOIN u ON t.x = u.x, v",
    "SELECT NAMED_ROW('order', 1) AS order FROM t GROUP BY a",
    "WITH a AS (SELECT 1 AS x), b AS (WITH c AS (SELECT 2 AS y) SELECT y FROM c) SELECT x FROM a",
    "WITH a(x)AS(VALUES(1),(2))SELECT x FROM a WHERE x IN(1)AND x NOT IN(SELECT y FROM b)",
    "SELECT a FROM t WHERE a LIKE'x%'AND b IN('y')",
    "SELECT COUNT(*)FROM t HAVING(SUM(b))>1",
    "SELECT DISTINCT(a), b FROM t",
    'SELECT e."from" FROM t e',
    "SELECT a FROM t WHERE EXISTS (SELECT 1 AS x FROM u) AND (SELECT MAX(x) AS m FROM v) > 1",
    "SELECT ARRAY[1, 2][1] AS a, b[1].c AS d, f(x)[2] AS g FROM t",
    "SELECT a n, b x, c u, d r, e FROM t",
    "SELECT a FROM (t JOIN u ON t.a = u.a) WHERE a = 1",
    "SELECT a FROM (((SELECT a FROM t)))",
    "SELECT CAST(a AS DECIMAL(6, 3)) AS x, CURRENT_DATE AS y, .5 AS z, 1. AS w FROM t",
    "SELECT a FROM t GROUP BY GROUPING SETS ((a), (a, b), ())",
    "SELECT a FROM t WHERE (a, b) IN ((1, 2), (3, 4)) AND (a, b) NOT IN (SELECT c, d FROM u)",
    "SELECT a FROM t WHERE (a, b) = (1, 2) AND a IN (1, (2), (3 + 4))",
    "SELECT a FROM t GROUP BY (a, b), c HAVING (SUM(x)) > 1",
    "WITH v (a, b) AS (VALUES (1, (2)), ((3), f(4, 5)), (CASE WHEN TRUE THEN 1 END, 6)) "
    "SELECT a FROM v",
    "SELECT a FROM t WHERE a IS NOT NULL AND NOT NULL IS NULL AND x = NOT NULL",
    "SELECT CASE a WHEN 1 THEN CASE WHEN b THEN 2 ELSE 3 END ELSE (SELECT CASE WHEN 1 = 1 THEN 4 "
    "END AS x) END AS c FROM t",
    "SELECT a FROM t JOIN (SELECT a, b FROM u) x USING (a, b) WHERE a IN (SELECT a FROM v)",
    "SELECT SUM(a) OVER (PARTITION BY (b), c ORDER BY d) AS s FROM (t JOIN u ON (t.a = u.a))",
]


@pytest.mark.parametrize(("sql", "at"), REFUSED, ids=[case[0] for case in REFUSED])
def test_it_is_refused_at_its_place(sql: str, at: str) -> None:
    with pytest.raises(SqlSyntaxError) as caught:
        parse(sql)
    assert sql[caught.value.column - 1 :].startswith(at), caught.value.message
    assert (caught.value.line, caught.value.end_line) == (1, 1)


@pytest.mark.parametrize("sql", TAKEN)
def test_what_only_looks_like_it_is_taken(sql: str) -> None:
    parse(sql)
