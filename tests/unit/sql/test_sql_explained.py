"""Queries and what a person reads off each: grain, joins, windows, what is hidden, parameters."""

from dataclasses import dataclass, field

import pytest

from amc.sql.explain import Explanation, explain

DAY = 86_400


@dataclass(frozen=True)
class Read:
    """What is told of a query.

    Attributes:
        grain: the columns that tell the rows apart.
        text: one row, in words; not compared when empty.
        joins: of each join, whose rows repeat.
        windows: of each read that is widened: days before and after.
        hidden: the columns that can be hidden, with the users that a row needs.
        parameters: their types by name.
        cost: its class.
    """

    grain: tuple[str, ...] = ()
    text: str = ""
    joins: tuple[str, ...] = ()
    windows: dict[str, tuple[int, int]] = field(default_factory=dict)
    hidden: dict[str, int] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    cost: str = "small"


FIRST_TOUCH = """
WITH touches AS (
    SELECT user_id, campaign,
           ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY impression_dt_utc) AS rn
    FROM dsp_impressions
), firsts AS (SELECT user_id, campaign FROM touches WHERE rn = 1),
orders AS (
    SELECT user_id, SUM(total_product_sales) AS sales FROM conversions
    WHERE event_subtype = 'order' GROUP BY user_id
)
"""
CASES: dict[str, tuple[str, Read]] = {
    "a total": (
        "SELECT COUNT(DISTINCT user_id) AS users, SUM(impressions) AS n FROM dsp_impressions",
        Read((), "one row in total"),
    ),
    "per campaign": (
        "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY campaign",
        Read(("campaign",), "one row per campaign", hidden={"campaign": 2}),
    ),
    "by ordinal, with an expression": (
        "SELECT CAST(DATE_TRUNC('WEEK', impression_dt_utc) AS DATE) AS week, campaign AS c, "
        "SUM(impressions) AS n FROM dsp_impressions GROUP BY 1, 2",
        Read(("week", "c"), hidden={"week": 100, "c": 2}),
    ),
    "a key that is not shown": (
        "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY campaign, creative",
        Read(
            ("campaign",),
            "one row per campaign and creative (creative is not shown)",
            hidden={"campaign": 2},
        ),
    ),
    "a city needs a hundred users": (
        "SELECT city_name, COUNT(1) AS n FROM dsp_impressions GROUP BY city_name",
        Read(("city_name",), hidden={"city_name": 100}),
    ),
    "distinct": (
        "SELECT DISTINCT campaign, device_type FROM dsp_impressions",
        Read(("campaign", "device_type"), hidden={"campaign": 2, "device_type": 2}),
    ),
    "the first touch of each user": (
        FIRST_TOUCH + "SELECT f.user_id, f.campaign, o.sales FROM firsts f "
        "LEFT JOIN orders o ON o.user_id = f.user_id",
        Read(
            ("user_id",),
            "one row per user_id",
            joins=("",),
            hidden={"user_id": 0, "campaign": 2},
        ),
    ),
    "the first touch, counted": (
        FIRST_TOUCH + "SELECT f.campaign, COUNT(DISTINCT f.user_id) AS users, SUM(o.sales) AS s "
        "FROM firsts f JOIN orders o ON o.user_id = f.user_id GROUP BY 1",
        Read(("campaign",), joins=("",), hidden={"campaign": 2}, cost="medium"),
    ),
    "a row number is a key with what it is numbered by": (
        FIRST_TOUCH + "SELECT a.user_id, a.rn, b.campaign FROM touches a LEFT JOIN touches b "
        "ON b.user_id = a.user_id AND b.rn = a.rn - 1",
        Read(text="one impression", joins=("",)),
    ),
    "FULL JOIN with its keys put together": (
        "WITH a AS (SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1), "
        "b AS (SELECT campaign, SUM(impressions) AS m FROM dsp_impressions GROUP BY 1) "
        "SELECT COALESCE(a.campaign, b.campaign) AS campaign, n, m FROM a "
        "FULL OUTER JOIN b ON a.campaign = b.campaign",
        Read(
            ("campaign",),
            "one row per campaign",
            joins=("",),
            hidden={"campaign": 2},
        ),
    ),
    "FULL JOIN with the key of one side": (
        "WITH a AS (SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1), "
        "b AS (SELECT campaign, SUM(impressions) AS m FROM dsp_impressions GROUP BY 1) "
        "SELECT a.campaign, n, m FROM a FULL OUTER JOIN b ON a.campaign = b.campaign",
        Read(joins=("",), hidden={"campaign": 2}),
    ),
    "a label tells the parts of a UNION apart": (
        "SELECT 'DSP' AS medium, campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY campaign "
        "UNION ALL SELECT 'SA' AS medium, campaign, SUM(clicks) AS n FROM sponsored_ads_traffic "
        "GROUP BY campaign",
        Read(("medium", "campaign"), "one row per medium and campaign", hidden={"campaign": 2}),
    ),
    "a UNION without a label": (
        "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY campaign "
        "UNION ALL SELECT campaign, SUM(clicks) AS n FROM sponsored_ads_traffic GROUP BY campaign",
        Read(hidden={"campaign": 2}),
    ),
    "a UNION that removes repeats": (
        "SELECT campaign FROM dsp_clicks UNION SELECT campaign FROM dsp_views",
        Read(("campaign",), hidden={"campaign": 2}, cost="medium"),
    ),
    "a list that repeats nothing": (
        "WITH g (campaign, grp) AS (VALUES ('a', 'x'), ('b', 'x')) "
        "SELECT g.grp, SUM(c.clicks) AS n FROM dsp_clicks c JOIN g ON g.campaign = c.campaign "
        "GROUP BY g.grp",
        Read(("grp",), joins=("right",)),
    ),
    "a list that repeats a name": (
        "WITH g (campaign, grp) AS (VALUES ('a', 'x'), ('a', 'y')) "
        "SELECT g.grp, SUM(c.clicks) AS n FROM dsp_clicks c JOIN g ON g.campaign = c.campaign "
        "GROUP BY g.grp",
        Read(("grp",), joins=("both",), cost="medium"),
    ),
    "rows of two tables of events": (
        "SELECT i.campaign, COUNT(1) AS n FROM dsp_impressions i "
        "JOIN dsp_clicks c ON c.user_id = i.user_id GROUP BY 1",
        Read(("campaign",), joins=("both",), hidden={"campaign": 2}, cost="medium"),
    ),
    "a total beside each row": (
        "WITH t AS (SELECT SUM(clicks) AS all_clicks FROM dsp_clicks) "
        "SELECT c.campaign, SUM(c.clicks) / MAX(t.all_clicks) AS share FROM dsp_clicks c "
        "CROSS JOIN t GROUP BY c.campaign",
        Read(("campaign",), joins=("right",), hidden={"campaign": 2}),
    ),
    "an equality that also takes two NULLs": (
        "WITH a AS (SELECT campaign, creative, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1, 2), "
        "b AS (SELECT campaign, creative, SUM(impressions) AS m FROM dsp_impressions GROUP BY 1, 2)"
        " SELECT a.campaign, a.creative, n, m FROM a LEFT JOIN b ON a.campaign = b.campaign AND "
        "(a.creative = b.creative OR (a.creative IS NULL AND b.creative IS NULL))",
        Read(
            ("campaign", "creative"),
            joins=("",),
            hidden={"campaign": 2, "creative": 2},
        ),
    ),
    "a wider window": (
        "SELECT COUNT(1) AS n FROM TABLE(EXTEND_TIME_WINDOW('dsp_impressions', 'P28D', 'P7D'))",
        Read((), windows={"dsp_impressions": (28, 7)}),
    ),
    "two windows": (
        "SELECT c.campaign, COUNT(1) AS n FROM dsp_clicks c JOIN "
        "TABLE(EXTEND_TIME_WINDOW('dsp_impressions', 'P14D', 'P0D')) i "
        "ON i.request_tag = c.request_tag GROUP BY 1",
        Read(
            ("campaign",),
            joins=("right",),
            windows={"dsp_clicks": (0, 0), "dsp_impressions": (14, 0)},
            hidden={"campaign": 2},
        ),
    ),
    "a path": (
        "WITH p AS (SELECT user_id, ARRAY_SORT(COLLECT(DISTINCT campaign)) AS path "
        "FROM dsp_impressions GROUP BY user_id) "
        "SELECT path, COUNT(DISTINCT user_id) AS users FROM p GROUP BY path",
        Read(("path",), hidden={"path": 2}),
    ),
    "nested groups": (
        "WITH u AS (SELECT user_id, SUM(impressions) AS f FROM dsp_impressions GROUP BY user_id) "
        "SELECT f AS frequency, COUNT(DISTINCT user_id) AS users FROM u GROUP BY f",
        Read(("frequency",)),
    ),
    "a rank over a sum": (
        "SELECT campaign, SUM(clicks) AS n, RANK() OVER (ORDER BY SUM(clicks) DESC) AS place "
        "FROM dsp_clicks GROUP BY campaign",
        Read(("campaign",), hidden={"campaign": 2}),
    ),
    "a wrapped rank": (
        "SELECT campaign, n FROM (SELECT campaign, SUM(clicks) AS n, ROW_NUMBER() OVER "
        "(ORDER BY SUM(clicks) DESC) AS place FROM dsp_clicks GROUP BY campaign) WHERE place <= 10",
        Read(("campaign",), hidden={"campaign": 2}),
    ),
    "the very first": (
        "SELECT campaign, n FROM (SELECT campaign, SUM(clicks) AS n, ROW_NUMBER() OVER "
        "(ORDER BY SUM(clicks) DESC) AS place FROM dsp_clicks GROUP BY campaign) WHERE place = 1",
        Read((), "one row in total", hidden={"campaign": 2}),
    ),
    "one part of a group": (
        "WITH b AS (SELECT campaign, device_type, SUM(impressions) AS n FROM dsp_impressions "
        "GROUP BY 1, 2) SELECT campaign, n FROM b WHERE device_type = 'TV'",
        Read(("campaign",), "one row per campaign", hidden={"campaign": 2}),
    ),
    "parameters of every kind": (
        "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks WHERE campaign_id = "
        "CUSTOM_PARAMETER('id') AND click_date_utc >= CUSTOM_PARAMETER('since') AND "
        "ARRAY_CONTAINS(CUSTOM_PARAMETER('names'), campaign) AND campaign SIMILAR TO "
        "CUSTOM_PARAMETER('pattern') GROUP BY campaign",
        Read(
            ("campaign",),
            hidden={"campaign": 2},
            parameters={
                "id": "LONG",
                "since": "DATE",
                "names": "ARRAY[STRING]",
                "pattern": "STRING",
            },
        ),
    ),
    "placeholders": (
        "WITH v (asin) AS (VALUES {{ asins }}) SELECT tracked_asin, COUNT(1) AS n "
        "FROM conversions WHERE tracked_asin IN (SELECT asin FROM v) "
        "AND total_units_sold > {{ least }} GROUP BY 1",
        Read(
            ("tracked_asin",),
            hidden={"tracked_asin": 2},
            parameters={"asins": "rows", "least": "number"},
        ),
    ),
    "placeholders among the rows of a list": (
        "WITH v (asin, grp) AS (VALUES ('a', 'x'), {{ more }}, {{ others }}) "
        "SELECT grp, COUNT(1) AS n FROM v GROUP BY grp",
        Read(("grp",), parameters={"more": "rows", "others": "rows"}),
    ),
    "conversions all told": (
        "SELECT event_subtype, conversions FROM conversions",
        Read(text="one conversion", hidden={"event_subtype": 2}),
    ),
    "only a list": (
        "WITH v (a, b) AS (VALUES (1, 'x'), (2, 'y')) SELECT a, b FROM v",
        Read(text="one row of a list"),
    ),
    "pairs of items": (
        "WITH b AS (SELECT DISTINCT user_id, tracked_asin FROM conversions) "
        "SELECT x.tracked_asin AS a, y.tracked_asin AS c, COUNT(DISTINCT x.user_id) AS users "
        "FROM b x JOIN b y ON x.user_id = y.user_id AND x.tracked_asin < y.tracked_asin "
        "GROUP BY 1, 2",
        Read(("a", "c"), joins=("both",), hidden={"a": 2, "c": 2}, cost="medium"),
    ),
}


@pytest.fixture(params=list(CASES), scope="module")
def told(request: pytest.FixtureRequest) -> tuple[Explanation, Read]:
    sql, read = CASES[request.param]
    return explain(sql), read


def test_the_grain(told: tuple[Explanation, Read]) -> None:
    found, read = told
    assert found.grain == read.grain
    assert not read.text or found.grain_text == read.text


def test_whose_rows_the_joins_repeat(told: tuple[Explanation, Read]) -> None:
    found, read = told
    assert tuple(j.multiplies for j in found.joins) == read.joins


def test_the_windows(told: tuple[Explanation, Read]) -> None:
    found, read = told
    widened = {
        s.name: (s.before_s // DAY, s.after_s // DAY)
        for s in found.sources
        if (s.before_s or s.after_s) or s.name in read.windows
    }
    assert widened == read.windows


def test_what_can_be_hidden(told: tuple[Explanation, Read]) -> None:
    found, read = told
    hidden = {o.name: o.users_needed or 0 for o in found.output if o.can_be_hidden}
    if read.grain or read.hidden:
        assert hidden == read.hidden


def test_the_parameters(told: tuple[Explanation, Read]) -> None:
    found, read = told
    assert {p.name: p.type for p in found.parameters} == read.parameters


def test_the_cost_class(told: tuple[Explanation, Read]) -> None:
    found, read = told
    assert found.cost.level == read.cost, found.cost.reasons
