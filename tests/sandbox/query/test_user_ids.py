"""User ids as numbers: only where a query tells them apart, and with the same result."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path

import pytest

from amc.sandbox.query import CompileRequest, QueryEngine
from tests.sandbox.query.conftest import END, NOW, START, Events

PEOPLE = ["ann", "bob", "cid", None]

TOLD_APART = [
    "SELECT campaign, COUNT(DISTINCT user_id) AS n FROM dsp_impressions GROUP BY 1",
    "SELECT campaign, COUNT(DISTINCT IF(impressions > 1, user_id, NULL)) AS n "
    "FROM dsp_impressions GROUP BY 1",
    "SELECT i.campaign, COUNT(DISTINCT c.user_id) AS n FROM dsp_impressions i "
    "LEFT JOIN dsp_clicks c ON i.user_id = c.user_id GROUP BY 1",
    "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions "
    "WHERE user_id IN (SELECT user_id FROM dsp_clicks) GROUP BY 1",
    "SELECT n, COUNT(user_id) AS users FROM (SELECT user_id, COUNT(1) AS n FROM dsp_impressions "
    "WHERE user_id IS NOT NULL GROUP BY user_id) GROUP BY n",
    "WITH a AS (SELECT user_id FROM dsp_impressions UNION SELECT user_id FROM dsp_clicks) "
    "SELECT COUNT(DISTINCT user_id) AS n, COUNT(1) AS all_rows FROM a",
    "SELECT COUNT(DISTINCT COALESCE(i.user_id, c.user_id)) AS n FROM dsp_impressions i "
    "FULL OUTER JOIN dsp_clicks c ON i.user_id = c.user_id",
    "SELECT campaign, COUNT(1) AS n FROM (SELECT campaign, ROW_NUMBER() OVER "
    "(PARTITION BY user_id ORDER BY impression_dt_utc, campaign) AS k FROM dsp_impressions "
    "WHERE user_id IS NOT NULL) WHERE k = 1 GROUP BY campaign",
    "SELECT COUNT(1) AS n FROM dsp_impressions JOIN dsp_clicks USING (user_id)",
    "SELECT COUNT(1) AS n FROM dsp_impressions a WHERE EXISTS "
    "(SELECT 1 FROM dsp_clicks b WHERE a.user_id = b.user_id)",
]
LOOKED_INTO = [
    "SELECT COUNT(DISTINCT MD5(user_id)) AS n FROM dsp_impressions",
    "SELECT COUNT(DISTINCT LENGTH(user_id)) AS n FROM dsp_impressions",
    "SELECT COUNT(1) AS n FROM (SELECT user_id FROM dsp_impressions UNION ALL "
    "SELECT campaign FROM dsp_clicks)",
    "SELECT COUNT(DISTINCT COALESCE(user_id, campaign)) AS n FROM dsp_impressions",
    "SELECT COUNT(DISTINCT IF(impressions > 1, user_id, campaign)) AS n FROM dsp_impressions",
    "SELECT COUNT(m) AS n FROM (SELECT campaign, MAX(user_id) AS m FROM dsp_impressions "
    "GROUP BY 1)",
    "SELECT COUNT(1) AS n FROM dsp_impressions a JOIN dsp_clicks b ON a.user_id < b.user_id",
    "SELECT COUNT(1) AS n FROM dsp_impressions WHERE user_id = campaign",
    "SELECT SUM(k) AS n FROM (SELECT ROW_NUMBER() OVER (ORDER BY user_id) AS k FROM dsp_clicks)",
    "SELECT SUM(k) AS n FROM (SELECT CARDINALITY(ids) AS k FROM (SELECT campaign, "
    "COLLECT(DISTINCT user_id) AS ids FROM dsp_impressions GROUP BY campaign))",
]


@pytest.fixture
def filled(events: Events) -> Events:
    for at, user in enumerate(PEOPLE * 3):
        row = {"campaign": f"c{at // 6}", "user_id": user, "impressions": at % 3 + 1}
        events.add("dsp_impressions", [row])
    events.add(
        "dsp_clicks", [{"campaign": "c0", "user_id": u} for u in ("ann", "dan", "ann", "bob")]
    )
    return events


def numbered(events: Events) -> QueryEngine:
    """An engine whose events have a column with the user's number."""

    def relation(
        instance_id: str, source: str, columns: Collection[str], start: datetime, end: datetime
    ) -> str:
        names = ["user_id" if name == "number" else name for name in columns]
        inner = events.relation(instance_id, source, names, start, end)
        cases = " ".join(
            f"WHEN '{who}' THEN {n}" for n, who in enumerate(["ann", "bob", "cid", "dan"])
        )
        shown = ", ".join(
            f'CASE user_id {cases} END AS "number"' if name == "number" else f'"{name}"'
            for name in columns
        )
        return f"(SELECT {shown} FROM {inner} AS events)"

    return QueryEngine(events.catalog, relation, user_number="number")


def rows(engine: QueryEngine, sql: str, folder: Path) -> set[str]:
    ran = engine.run(
        engine.compile(CompileRequest("wf", sql)), instance_id="i", start=START, end=END,
        parameters={}, now=NOW, out_dir=folder,
    )  # fmt: skip
    return set(ran.parts[0].read_text(encoding="utf-8").splitlines())


@pytest.mark.parametrize("sql", TOLD_APART)
def test_numbers_do_where_ids_are_only_told_apart(
    filled: Events, engine: QueryEngine, tmp_path: Path, sql: str
) -> None:
    assert engine.compile(CompileRequest("wf", sql)).numbered
    plain = rows(engine, sql, tmp_path / "plain")
    assert rows(numbered(filled), sql, tmp_path / "numbered") == plain
    assert len(plain) > 1


@pytest.mark.parametrize("sql", LOOKED_INTO)
def test_ids_stay_texts_where_a_query_looks_into_them(
    filled: Events, engine: QueryEngine, tmp_path: Path, sql: str
) -> None:
    assert not engine.compile(CompileRequest("wf", sql)).numbered
    plain = rows(engine, sql, tmp_path / "plain")
    assert rows(numbered(filled), sql, tmp_path / "numbered") == plain


def test_ids_stay_texts_where_they_are_shown(engine: QueryEngine) -> None:
    sql = "SELECT user_id, campaign FROM dsp_impressions"
    bare = CompileRequest("wf", sql, sandbox=True, aggregation_controls=False)
    assert not engine.compile(bare).numbered
    twin = "SELECT user_id FROM dsp_impressions_for_audiences"
    assert not engine.compile(CompileRequest("wf", twin, audience=True)).numbered


@pytest.mark.parametrize(("other", "people"), [("dsp_impressions", "4,3"), ("dsp_clicks", "3,2")])
def test_a_join_that_repeats_people_leaves_distinct_its_meaning(
    filled: Events, engine: QueryEngine, tmp_path: Path, other: str, people: str
) -> None:
    assert filled.rows
    sql = (
        "WITH once AS (SELECT user_id, COUNT(1) AS n FROM dsp_impressions "
        f"WHERE user_id IS NOT NULL GROUP BY 1), other AS (SELECT user_id FROM {other} "
        "WHERE user_id IS NOT NULL UNION ALL SELECT user_id FROM dsp_clicks) "
        "SELECT COUNT(DISTINCT o.user_id) AS n, COUNT(DISTINCT once.user_id) AS m "
        "FROM other o LEFT JOIN once ON o.user_id = once.user_id"
    )
    assert rows(engine, sql, tmp_path) == {"n,m", people}
