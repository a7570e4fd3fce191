"""Equivalent users: a figure's total divided by the largest single user's part, by hand."""

import random
from collections import defaultdict
from typing import Any

import pytest

from tests.sandbox.query.conftest import Events, Run

SQL = "SELECT city_name, SUM(impressions) AS n FROM dsp_impressions GROUP BY city_name"
WHY = {"privacy_filtering_behavior": "REMOVE_VALUES", "filtered_reason_column": "why"}


def city(name: str | None, largest: int, others: int, each: int = 1) -> list[dict[str, Any]]:
    """One user with a large part, over three rows, and others with a small one."""
    parts = [(f"u{n}", each) for n in range(others)] + [("big", largest // 3)] * 3
    return [
        {"city_name": name, "user_id": user, "impressions": part, "total_cost": 1}
        for user, part in parts
    ]


def test_the_example_of_the_reference(events: Events, run: Run) -> None:
    """900 in all, 600 of them one user's: 1.5 equivalent users are one, though 101 are there."""
    events.add("dsp_impressions", city("x", largest=600, others=100, each=3))
    assert run(SQL).rows == []
    shown = run(SQL, **WHY)
    assert shown.rows == [["", "900", "1 'dsp_impressions' equivalent users < 2 required"]]


@pytest.mark.parametrize(("largest", "kept"), [(117, True), (120, True), (123, False)])
def test_nobody_holds_more_than_half(events: Events, run: Run, largest: int, kept: bool) -> None:
    events.add("dsp_impressions", city("x", largest, others=120))
    assert bool(run(SQL).rows) is kept


def test_reasons_name_too_few_users_before_equivalent_ones(events: Events, run: Run) -> None:
    events.add("dsp_impressions", city("x", largest=600, others=59))
    assert run(SQL, **WHY).rows == [["", "659", "60 'dsp_impressions' users < 100 required"]]


def test_a_figure_that_is_made_of_sums_has_the_fewest_of_them(events: Events, run: Run) -> None:
    events.add("dsp_impressions", city("even", largest=3, others=119))
    dear = [row | {"total_cost": 500 if row["user_id"] == "big" else 1}
            for row in city("dear", largest=3, others=119)]  # fmt: skip
    events.add("dsp_impressions", dear)
    ran = run(
        "SELECT city_name, SUM(total_cost) / SUM(impressions) AS cost, COUNT(1) AS n "
        "FROM dsp_impressions GROUP BY 1"
    )
    assert [row[0] for row in ran.rows] == ["even"]


def test_rows_that_need_two_users_are_not_asked(events: Events, run: Run) -> None:
    for user, part in (("big", 999), ("small", 1)):
        row = {"campaign": "c", "user_id": user, "impressions": part}
        events.add("dsp_impressions", [row])
    ran = run("SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1")
    assert ran.rows == [["c", "1000"]]


def test_a_key_that_is_null_is_a_key_like_others(events: Events, run: Run) -> None:
    events.add("dsp_impressions", city(None, largest=3, others=119))
    assert run(SQL).rows == [["", "122"]]
    events.add("dsp_impressions", city(None, largest=300, others=0))
    assert run(SQL).rows == []


def test_values_come_together_after_one_user_held_too_much(events: Events, run: Run) -> None:
    """The city is taken away and the device stays: two cities of a device become one row."""
    for name in ("a", "b"):
        rows = city(name, largest=600, others=100)
        events.add("dsp_impressions", [row | {"device_type": "TV"} for row in rows])
    ran = run(
        "SELECT device_type, city_name, SUM(impressions) AS n, COUNT(DISTINCT user_id) AS users "
        "FROM dsp_impressions GROUP BY 1, 2",
        filtered_metrics_discriminator_column="removed",
        filtered_reason_column="why",
    )
    reason = "1 'dsp_impressions' equivalent users < 2 required"
    assert ran.rows == [["TV", "", "1400", "202", "true", reason]]


@pytest.mark.parametrize("seed", range(3))
def test_random_events_with_other_clauses_around(events: Events, run: Run, seed: int) -> None:
    choose = random.Random(seed)
    people = [None, *["big"] * 3, *(f"u{n}" for n in range(160))]
    rows: list[dict[str, Any]] = [
        {"city_name": choose.choice("xyz"), "device_type": choose.choice(["TV", "PC"]),
         "user_id": choose.choice(people), "impressions": choose.choice([0, 1, 1, 2])}
        for _ in range(2500)
    ]  # fmt: skip
    for row in rows:
        if row["user_id"] == "big" and row["city_name"] != "z":
            row["impressions"] = choose.choice([0, 80])
    events.add("dsp_impressions", rows)
    expected = set()
    for name in "xyz":
        part: dict[str, int] = defaultdict(int)
        found = [r for r in rows if r["city_name"] == name and r["device_type"] == "TV"]
        for row in found:
            if row["user_id"] is not None:
                part[row["user_id"]] += row["impressions"]
        behind = [user for user, figure in part.items() if figure]
        enough = len(part) >= 100 and len(behind) >= 100
        if enough and sum(part.values()) >= 2 * max(part.values()):
            total = sum(row["impressions"] for row in found)
            expected.add((name, str(total), str(len(part))))
    ran = run(
        """
        WITH tv AS (SELECT city_name, user_id, impressions FROM dsp_impressions
                    WHERE device_type = 'TV')
        SELECT UPPER(t.city_name) AS up, SUM(t.impressions) AS n, COUNT(DISTINCT t.user_id) AS users
        FROM tv t GROUP BY UPPER(t.city_name) HAVING SUM(t.impressions) > 0
        """
    )
    assert {(row[0].lower(), *row[1:]) for row in ran.rows} == expected
    assert any(name == "z" for name, *_ in expected)
