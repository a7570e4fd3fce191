"""Whole queries of AMC SQL on DuckDB: names, joins, windows, paths; results worked out by hand."""

from datetime import date, timedelta

import pytest

from amc.sql.dialect import parse
from amc.sql.duckdb import to_duckdb
from amc.sql.errors import SqlTooLargeError, SqlUnsupportedError
from tests.unit.sql.duck import NOW, WINDOW, Duck

# Two users: u1 saw A (day 1) and B (day 2), u2 saw A (day 7). Costs in millicents.
IMPRESSIONS = """
    SELECT * FROM (VALUES
        ('u1', 'A', '11', 11, 1, 100000, TIMESTAMP '2024-01-01 10:00:00', DATE '2024-01-01', 'r1'),
        ('u1', 'B', '22', 22, 1, 200000, TIMESTAMP '2024-01-02 10:00:00', DATE '2024-01-02', 'r2'),
        ('u2', 'A', '11', 11, 1, 300000, TIMESTAMP '2024-01-07 10:00:00', DATE '2024-01-07', 'r3')
    ) t(user_id, campaign, campaign_id_string, campaign_id, impressions, total_cost,
        impression_dt_utc, impression_date, request_tag)"""
CLICKS = """
    SELECT * FROM (VALUES ('u1', 'r2', 1), ('u3', 'r9', 1)) t(user_id, request_tag, clicks)"""


@pytest.fixture(scope="module")
def duck() -> Duck:
    return Duck({"dsp_impressions": IMPRESSIONS, "dsp_clicks": CLICKS})


CASES = {
    "an alias wins over the column in HAVING": (
        """SELECT campaign, SUM(impressions) AS impressions FROM dsp_impressions
           GROUP BY 1 HAVING impressions > 1""",
        [("A", 2)],
    ),
    "but inside an aggregate the column is meant": (
        """SELECT campaign, SUM(impressions) AS impressions FROM dsp_impressions
           GROUP BY campaign HAVING SUM(impressions) < 2""",
        [("B", 1)],
    ),
    "an alias wins over the column in GROUP BY": (
        """SELECT IF(campaign = 'B', 'A', campaign) AS campaign, COUNT(1) AS n
           FROM dsp_impressions GROUP BY campaign""",
        [("A", 3)],
    ),
    "an alias that aggregates cannot be grouped by, so the column is meant": (
        "SELECT MAX(campaign) AS campaign, COUNT(1) AS n FROM dsp_impressions GROUP BY campaign",
        [("A", 2), ("B", 1)],
    ),
    "an alias inside an expression of GROUP BY": (
        """SELECT LOWER(campaign) AS c, COUNT(1) AS n FROM dsp_impressions
           GROUP BY LOWER(campaign)""",
        [("a", 2), ("b", 1)],
    ),
    "a window may be grouped by": (
        """SELECT ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY impression_dt_utc) AS touch,
                  COUNT(campaign) AS n, COUNT(DISTINCT user_id) AS users
           FROM dsp_impressions GROUP BY 1""",
        [(1, 2, 2), (2, 1, 1)],
    ),
    "a rank over a sum": (
        """SELECT campaign, RANK() OVER (ORDER BY SUM(impressions) DESC) AS r
           FROM dsp_impressions GROUP BY campaign""",
        [("A", 1), ("B", 2)],
    ),
    "a named window": (
        """SELECT campaign, SUM(impressions) OVER w AS s FROM dsp_impressions
           WINDOW w AS (PARTITION BY user_id ORDER BY impression_dt_utc)""",
        [("A", 1), ("A", 1), ("B", 2)],
    ),
    "the path of every user": (
        """WITH touches AS (
             SELECT user_id, campaign,
                    ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY impression_dt_utc) AS n
             FROM dsp_impressions),
           paths AS (
             SELECT user_id, ARRAY_SORT(COLLECT(DISTINCT NAMED_ROW('order', n, 'main', campaign)))
                    AS path
             FROM touches GROUP BY user_id)
           SELECT path, COUNT(DISTINCT user_id) AS reach FROM paths GROUP BY path""",
        [
            ([{"order": 1, "main": "A"}], 1),
            ([{"order": 1, "main": "A"}, {"order": 2, "main": "B"}], 1),
        ],
    ),
    "a list of numbers joined with a text column": (
        """WITH v (id, grp) AS (VALUES (11, 'x'), (22, 'y'))
           SELECT grp, SUM(impressions) AS n FROM dsp_impressions i
           INNER JOIN v ON v.id = i.campaign_id_string GROUP BY grp""",
        [("x", 2), ("y", 1)],
    ),
    "IN with a query of another type": (
        """WITH v (id) AS (VALUES (22)) SELECT campaign FROM dsp_impressions
           WHERE campaign_id_string IN (SELECT id FROM v)""",
        [("B",)],
    ),
    "USING merges the column": (
        """SELECT user_id, COUNT(dsp_impressions.campaign) AS seen,
                  SUM(dsp_clicks.clicks) AS clicks
           FROM dsp_impressions FULL OUTER JOIN dsp_clicks USING (user_id) GROUP BY user_id""",
        [("u1", 2, 2), ("u2", 1, None), ("u3", 0, 1)],
    ),
    "a derived table without alias": (
        "SELECT COUNT(1) AS n FROM (SELECT DISTINCT user_id FROM dsp_impressions)",
        [(2,)],
    ),
    "brackets behind DISTINCT mean nothing": (
        "SELECT DISTINCT(campaign), user_id FROM dsp_impressions",
        [("A", "u1"), ("A", "u2"), ("B", "u1")],
    ),
    "an inner query may look outward": (
        """SELECT DISTINCT user_id FROM dsp_impressions i
           WHERE EXISTS (SELECT 1 FROM dsp_clicks c WHERE c.request_tag = i.request_tag)""",
        [("u1",)],
    ),
    "a scalar subquery": (
        "SELECT campaign FROM dsp_impressions WHERE impression_date = "
        "(SELECT MAX(impression_date) FROM dsp_impressions)",
        [("A",)],
    ),
    "a date and a text": (
        "SELECT campaign FROM dsp_impressions WHERE impression_date >= '2024-01-07'",
        [("A",)],
    ),
    "UNION without ALL": (
        "SELECT campaign FROM dsp_impressions UNION SELECT 'C' AS campaign UNION ALL "
        "SELECT campaign FROM dsp_impressions WHERE campaign = 'B'",
        [("A",), ("B",), ("B",), ("C",)],
    ),
    "a WITH inside a WITH sees the one outside": (
        """WITH a AS (SELECT campaign FROM dsp_impressions),
                b AS (WITH c AS (SELECT campaign FROM a) SELECT campaign FROM c)
           SELECT COUNT(1) AS n FROM b""",
        [(3,)],
    ),
    "a CTE hides a table of its name": (
        "WITH dsp_clicks AS (SELECT 5 AS clicks) SELECT clicks FROM dsp_clicks",
        [(5,)],
    ),
    "stars are spelled out": (
        """WITH a AS (SELECT user_id, campaign FROM dsp_impressions)
           SELECT a.*, c.clicks FROM a JOIN dsp_clicks c ON c.user_id = a.user_id""",
        [("u1", "A", 1), ("u1", "B", 1)],
    ),
    "COUNT(DISTINCT) of two columns skips rows with a NULL": (
        """WITH v (a, b) AS (VALUES (1, 'x'), (1, 'x'), (1, 'y'), (2, NULL))
           SELECT COUNT(DISTINCT a, b) AS n FROM v""",
        [(2,)],
    ),
    "COLLECT keeps NULL": (
        "WITH v (a) AS (VALUES (1), (NULL)) SELECT CARDINALITY(COLLECT(a)) AS n FROM v",
        [(2,)],
    ),
    "EXPLODE gives rows": ("SELECT EXPLODE(ARRAY['a', 'b']) AS v", [("a",), ("b",)]),
    "reserved words as names": (
        """WITH final AS (SELECT campaign AS "order", impression_date AS date FROM dsp_impressions)
           SELECT date AS rank, COUNT("order") AS path FROM final GROUP BY date""",
        [(date(2024, 1, 1), 1), (date(2024, 1, 2), 1), (date(2024, 1, 7), 1)],
    ),
    "sloppy case": (
        "select I.Campaign, sum(IMPRESSIONS) N from DSP_Impressions i group by Campaign",
        [("A", 2), ("B", 1)],
    ),
    "an inner ORDER BY and LIMIT": (
        "SELECT campaign FROM (SELECT campaign, total_cost FROM dsp_impressions "
        "ORDER BY total_cost DESC LIMIT 1)",
        [("A",)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_query_gives_what_amc_gives(duck: Duck, name: str) -> None:
    sql, expected = CASES[name]
    assert sorted(duck.run(sql), key=repr) == sorted(expected, key=repr)


def test_a_row_keeps_its_random_id_wherever_its_cte_is_read(duck: Duck) -> None:
    sql = """WITH c AS (SELECT UUID() AS id, RANDOM() AS r FROM dsp_impressions)
             SELECT COUNT(1) AS n FROM c a JOIN c b ON a.id = b.id AND a.r = b.r"""
    assert duck.run(sql) == [(3,)]


def test_only_used_columns_are_asked_of_each_read(duck: Duck) -> None:
    duck.run("""
        SELECT a.campaign, COUNT(1) AS n
        FROM dsp_impressions a
        LEFT JOIN (SELECT user_id, MAX(clicks) AS c FROM dsp_clicks GROUP BY 1) b USING (user_id)
        WHERE a.impression_date IS NOT NULL GROUP BY campaign""")
    found = {(r.name, r.alias): set(r.columns) for r in duck.reads}
    assert found == {
        ("dsp_impressions", "a"): {"campaign", "user_id", "impression_date"},
        ("dsp_clicks", "dsp_clicks"): {"user_id", "clicks"},
    }


@pytest.mark.parametrize(
    "form",
    [
        "TABLE(EXTEND_TIME_WINDOW('DSP_IMPRESSIONS', 'P28D', 'PT6H'))",
        "table( /* why */ extend_time_window('dsp_impressions','P4W','PT6H') -- so\n )",
        "EXTEND_TIME_WINDOW('dsp_impressions', 'P28D', 'PT6H')",
    ],
)
def test_an_extended_window_is_asked_for(duck: Duck, form: str) -> None:
    duck.run(f"SELECT e.campaign FROM {form} AS e")
    (read,) = duck.reads
    assert (read.name, read.alias, read.columns) == ("dsp_impressions", "e", {"campaign"})
    assert (read.before, read.after) == (timedelta(days=28), timedelta(hours=6))


def test_output_columns_have_names_and_types(duck: Duck) -> None:
    duck.run("""
        SELECT campaign, COUNT(DISTINCT user_id) AS users, SUM(total_cost) / 100000 AS cost,
               SUM(total_cost) AS spend, COLLECT(campaign) AS list, COUNT(1), MAX(impression_date) d
        FROM dsp_impressions GROUP BY 1""")
    assert duck.translation is not None
    assert [(name, str(kind)) for name, kind in duck.translation.columns] == [
        ("campaign", "STRING"),
        ("users", "LONG"),
        ("cost", "DOUBLE"),
        ("spend", "DOUBLE"),
        ("list", "ARRAY[STRING]"),
        ("EXPR$5", "LONG"),
        ("d", "DATE"),
    ]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a.clicks FROM dsp_clicks a RIGHT JOIN dsp_clicks b ON a.user_id = b.user_id",
        "SELECT clicks FROM dsp_clicks INTERSECT SELECT clicks FROM dsp_clicks",
        "SELECT clicks FROM dsp_clicks UNION ALL SELECT clicks, user_id FROM dsp_clicks",
        "WITH v (a, b) AS (VALUES (1, 2), (3)) SELECT a FROM v",
        "SELECT clicks FROM TABLE(EXTEND_TIME_WINDOW('dsp_clicks', '28D', 'P0D'))",
        "SELECT clicks FROM dsp_clicks QUALIFY ROW_NUMBER() OVER (ORDER BY clicks) = 1",
    ],
)
def test_what_amc_does_not_run_is_refused(duck: Duck, sql: str) -> None:
    with pytest.raises(SqlUnsupportedError):
        duck.run(sql)


def test_a_long_list_parameter_is_translated_in_no_time() -> None:
    asins = [f"B0{n:08d}" for n in range(50_000)]
    duck = Duck({"dsp_clicks": CLICKS}, {"asins": asins})
    sql = (
        "SELECT COUNT(1) AS n FROM dsp_clicks WHERE ARRAY_CONTAINS(CUSTOM_PARAMETER('asins'), 'x')"
    )
    assert duck.run(sql) == [(0,)]


@pytest.mark.parametrize("form", ["SQRT({})", "GREATEST({}, 1)", "EPOCH_TO_UTC_TIMESTAMP({})"])
def test_nested_functions_do_not_grow_without_end(form: str) -> None:
    nested = "1"
    for _ in range(50):
        nested = form.format(nested)
    with pytest.raises(SqlTooLargeError):
        Duck().one(nested)


def test_the_tree_of_the_author_is_not_changed() -> None:
    tree = parse(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1 HAVING n > 1"
    )
    before = tree.copy()
    to_duckdb(tree, source=lambda ref: parse("SELECT 1"), window=WINDOW, now=NOW)
    assert tree == before
