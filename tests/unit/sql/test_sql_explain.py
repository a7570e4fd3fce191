"""What explain says of a query, held against what a person reads off it."""

import json
from pathlib import Path

import pytest

from amc.sql.catalog import load_catalog
from amc.sql.errors import SqlSyntaxError
from amc.sql.explain import Explanation, explain
from tests.unit.sql.test_sql_corpus import CORPUS

REPORT = """
WITH imp AS (
    SELECT user_id, campaign, SUM(impressions) AS imps, SUM(total_cost) AS cost
    FROM TABLE(EXTEND_TIME_WINDOW('dsp_impressions', 'P28D', 'P0D'))
    WHERE campaign_id = CUSTOM_PARAMETER('campaign')
    GROUP BY 1, 2
),
conv AS (
    SELECT user_id, SUM(total_purchases) AS purchases
    FROM amazon_attributed_events_by_traffic_time
    GROUP BY user_id
)
SELECT i.campaign, COUNT(DISTINCT i.user_id) AS users, SUM(i.cost) AS cost, SUM(c.purchases) AS p
FROM imp i
LEFT JOIN conv c ON i.user_id = c.user_id
JOIN dsp_clicks k ON k.user_id = i.user_id AND k.click_dt_utc > CAST('2024-01-01' AS TIMESTAMP)
GROUP BY i.campaign
"""


@pytest.fixture(scope="module")
def report() -> Explanation:
    return explain(REPORT)


def test_the_grain_of_the_output(report: Explanation) -> None:
    assert report.grain == ("campaign",)
    assert report.grain_text == "one row per campaign"


@pytest.mark.parametrize(
    ("sql", "grain", "text"),
    [
        ("SELECT SUM(impressions) AS n FROM dsp_impressions", (), "one row in total"),
        (
            "SELECT DISTINCT campaign, device_type FROM dsp_impressions",
            ("campaign", "device_type"),
            "one row per campaign and device_type",
        ),
        (
            "SELECT campaign AS c, UPPER(device_type) AS d, COUNT(1) AS n FROM dsp_clicks "
            "GROUP BY campaign, UPPER(device_type)",
            ("c", "d"),
            "one row per c and d",
        ),
        (
            "SELECT SUM(impressions) AS n FROM dsp_impressions GROUP BY campaign",
            (),
            "one row per campaign (campaign is not shown)",
        ),
        ("SELECT campaign FROM dsp_impressions", (), "one impression"),
        (
            "WITH a AS (SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1) "
            "SELECT campaign AS name, n, RANK() OVER (ORDER BY n) AS r FROM a",
            ("name",),
            "one row per name",
        ),
        (
            "WITH a AS (SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1), "
            "b AS (SELECT campaign, SUM(impressions) AS m FROM dsp_impressions GROUP BY 1) "
            "SELECT a.campaign, n, m FROM a LEFT JOIN b ON a.campaign = b.campaign",
            ("campaign",),
            "one row per campaign",
        ),
        (
            "SELECT campaign, 1 AS n FROM dsp_clicks UNION SELECT campaign, 2 FROM dsp_views",
            ("campaign", "n"),
            "one row per campaign and n",
        ),
        (
            "SELECT 'a' AS k, SUM(clicks) AS n FROM dsp_clicks UNION ALL "
            "SELECT campaign, SUM(clicks) FROM dsp_clicks GROUP BY 1",
            (),
            "the rows of 2 queries one below the other: one row in total; one row per campaign",
        ),
        ("WITH v (a, b) AS (VALUES (1, 2), (3, 4)) SELECT a, b FROM v", (), "one row of a list"),
    ],
)
def test_grains(sql: str, grain: tuple[str, ...], text: str) -> None:
    found = explain(sql)
    assert (found.grain, found.grain_text) == (grain, text)


def test_sources_are_told_with_their_effective_windows(report: Explanation) -> None:
    assert [(s.name, s.alias, s.line, s.before_s, s.after_s) for s in report.sources] == [
        ("dsp_impressions", "dsp_impressions", 4, 28 * 86_400, 0),
        (
            "amazon_attributed_events_by_traffic_time",
            "amazon_attributed_events_by_traffic_time",
            10,
            0,
            0,
        ),
        ("dsp_clicks", "k", 16, 0, 0),
    ]
    assert report.sources[0].window == (
        "from 28 days before the run's window begins to the window's end"
    )
    assert "up to 30 days later" in report.sources[1].window
    assert report.sources[2].window == "in the run's window"


def test_a_table_without_a_time_is_not_cut_by_the_window() -> None:
    (read,) = explain("SELECT COUNT(1) AS n FROM segment_metadata").sources
    assert "latest state" in read.window


def test_joins_are_told_with_their_keys_and_what_they_repeat(report: Explanation) -> None:
    first, second = report.joins
    assert (first.kind, first.left, first.right, first.line) == ("LEFT", "i", "c", 15)
    assert first.keys == ("i.user_id = c.user_id",)
    assert not first.many_to_many
    assert first.multiplies == "right"
    assert (second.kind, second.right, second.many_to_many) == ("INNER", "k", True)
    assert second.conditions == ("k.click_dt_utc > CAST('2024-01-01' AS TIMESTAMP)",)
    assert "user_id" in second.note


@pytest.mark.parametrize(
    ("joined", "kind", "multiplies"),
    [
        ("a JOIN b USING (campaign)", "INNER", ""),
        ("a, b WHERE a.campaign = b.campaign", "INNER", ""),
        ("a FULL OUTER JOIN b ON b.campaign = a.campaign", "FULL", ""),
        ("a CROSS JOIN t", "CROSS", "right"),
        ("a, b", "CROSS", "both"),
        ("a JOIN b ON a.n > b.n", "INNER", "both"),
        ("a JOIN dsp_clicks c ON c.campaign = a.campaign", "INNER", "left"),
        ("dsp_clicks c JOIN a ON c.campaign = a.campaign", "INNER", "right"),
        ("dsp_clicks c JOIN dsp_views v ON c.user_id = v.user_id", "INNER", "both"),
        ("a JOIN (SELECT campaign FROM b) s ON s.campaign = a.campaign", "INNER", ""),
    ],
)
def test_whose_rows_a_join_repeats(joined: str, kind: str, multiplies: str) -> None:
    (join,) = explain(
        "WITH a AS (SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1), "
        "b AS (SELECT campaign, COUNT(1) AS n FROM dsp_views GROUP BY campaign), "
        "t AS (SELECT SUM(clicks) AS total FROM dsp_clicks) "
        f"SELECT COUNT(1) AS k FROM {joined}"
    ).joins
    assert (join.kind, join.multiplies) == (kind, multiplies)


def test_outputs_carry_type_threshold_unit_and_reason(report: Explanation) -> None:
    output = {o.name: o for o in report.output}
    assert output["campaign"].why == "shows dsp_impressions.campaign (LOW): a row needs 2 users"
    assert (output["campaign"].role, output["campaign"].can_be_hidden) == ("DIMENSION", True)
    assert (output["users"].type, output["users"].users_needed) == ("LONG", 1)
    assert "counts" in output["users"].why
    assert (output["cost"].unit, output["cost"].role) == ("millicents", "METRIC")
    assert report.users_needed == 2


@pytest.mark.parametrize(
    ("item", "threshold", "users", "row"),
    [
        ("SUM(impressions) AS v", "NONE", 1, 1),
        ("MAX(city_name) AS v", "HIGH", 100, 100),
        ("CASE WHEN 1 = 1 THEN postal_code ELSE 'x' END AS v", "HIGH", 100, 100),
        ("MAX(impression_dt) AS v", "MEDIUM", 100, 100),
        ("COUNT(DISTINCT user_id) AS v", "NONE", 1, 1),
        ("user_id AS v", "VERY_HIGH", None, None),
    ],
)
def test_which_outputs_can_be_hidden_and_at_which_user_count(
    item: str, threshold: str, users: int | None, row: int | None
) -> None:
    found = explain(f"WITH c AS (SELECT {item} FROM dsp_impressions) SELECT v FROM c")
    (output,) = found.output
    assert (output.threshold, output.users_needed, found.users_needed) == (threshold, users, row)
    assert output.can_be_hidden == (threshold != "NONE")
    assert "dsp_impressions." in output.why or threshold == "NONE"


def test_parameters_and_placeholders_are_told_with_their_uses() -> None:
    found = explain(
        "WITH v (a, b) AS (VALUES {{ rows }})\n"
        "SELECT campaign, SUM(impressions) AS n FROM {{ table }} t JOIN v ON v.a = t.campaign\n"
        "WHERE 60 * {{ days }} > 1 AND campaign_id = CUSTOM_PARAMETER('id') GROUP BY 1"
    )
    told = {p.name: (p.type, p.placeholder) for p in found.parameters}
    assert told == {
        "id": ("STRING", False),
        "rows": ("rows", True),
        "table": ("name", True),
        "days": ("number", True),
    }


def test_a_fault_is_told_at_the_authors_place_behind_a_placeholder() -> None:
    with pytest.raises(SqlSyntaxError) as caught:
        explain("SELECT a FROM t WHERE a IN ({{ a_long_name }}) AND ) = 1")
    assert (caught.value.line, caught.value.column) == (1, 52)


@pytest.mark.parametrize(
    ("sql", "level"),
    [
        ("SELECT SUM(clicks) AS n FROM dsp_clicks", "small"),
        ("SELECT 1 AS n", "small"),
        (
            "SELECT i.campaign, COUNT(DISTINCT i.user_id) AS n FROM dsp_impressions i "
            "JOIN dsp_clicks c ON i.user_id = c.user_id GROUP BY 1",
            "medium",
        ),
        ("SELECT COUNT(1) AS n FROM dsp_impressions a, dsp_impressions b", "large"),
        (
            "SELECT COUNT(1) AS n FROM dsp_impressions_by_user_segments a "
            "JOIN dsp_impressions_by_matched_segments b ON a.user_id = b.user_id",
            "large",
        ),
        (
            "SELECT COUNT(DISTINCT user_id) AS n FROM "
            "TABLE(EXTEND_TIME_WINDOW('dsp_impressions', 'P397D', 'P0D'))",
            "medium",
        ),
    ],
)
def test_the_cost_class(sql: str, level: str) -> None:
    cost = explain(sql).cost
    assert cost.level == level
    assert cost.reasons


def test_self_joins_and_cross_joins_are_named_as_reasons() -> None:
    reasons = " ".join(
        explain(
            "SELECT COUNT(1) AS n FROM dsp_clicks a JOIN dsp_clicks b ON a.user_id = b.user_id, "
            "dsp_views v"
        ).cost.reasons
    )
    assert "with itself" in reasons
    assert "every row" in reasons


def test_an_instance_without_a_source_is_told() -> None:
    catalog = load_catalog().for_instance([{"dataSourceId": "dsp_clicks", "columns": []}])
    found = explain(
        "SELECT COUNT(1) AS n FROM dsp_clicks UNION ALL SELECT COUNT(1) FROM dsp_views", catalog
    )
    assert [(s.name, s.available) for s in found.sources] == [
        ("dsp_clicks", True),
        ("dsp_views", False),
    ]


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.stem)
def test_every_query_of_the_corpus_is_explained_in_full(path: Path) -> None:
    found = explain(path.read_text(encoding="utf-8"))
    told = found.to_dict()
    json.dumps(told)
    assert {"sources", "windows", "parameters", "output", "joins", "cost", "grain"} <= set(told)
    assert all(o.type for o in found.output), [o.name for o in found.output if not o.type]
    wanted = {"name", "type", "threshold", "can_be_hidden"}
    assert all(wanted <= set(o) for o in told["output"])
    assert found.grain_text
    audience = path.parent.name == "audience"
    assert (found.users_needed is None) == audience
