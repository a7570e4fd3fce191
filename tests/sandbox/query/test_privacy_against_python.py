"""The privacy rules on random events, held against plain Python over the same events."""

import random
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest

from tests.sandbox.query.conftest import Events, Run

Row = dict[str, Any]
Shown = set[tuple[str, ...]]


def random_events(seed: int, count: int = 400, people: int = 150) -> list[Row]:
    """Events of a few campaigns in two cities; some without a user, some without a figure."""
    choose = random.Random(seed)
    return [
        {
            "user_id": choose.choice([None, *(f"u{choose.randrange(people)}" for _ in range(9))]),
            "campaign": f"c{int(choose.expovariate(0.5))}",
            "advertiser": f"a{choose.randrange(3)}",
            "city_name": choose.choice(["x", "x", "x", "y"]),
            "impressions": choose.choice([0, 1, 1, 2]),
            "total_cost": choose.choice([0, 0, 0, 0, 0, 0, 0, 7]),
        }
        for _ in range(count)
    ]


def enough(rows: Iterable[Row], required: int, *figures: str) -> bool:
    """Whether a group has the users that its columns and each of its figures need."""
    rows = list(rows)
    everybody = {row["user_id"] for row in rows} - {None}
    behind = [{r["user_id"] for r in rows if r[f]} - {None} for f in figures]
    return len(everybody) >= required and all(not b or len(b) >= required for b in behind)


def grouped(rows: Iterable[Row], *keys: str) -> dict[tuple[Any, ...], list[Row]]:
    groups = defaultdict(list)
    for row in rows:
        groups[tuple(row[key] for key in keys)].append(row)
    return groups


def total(rows: Iterable[Row], figure: str) -> str:
    return str(sum(row[figure] for row in rows))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("key", "required"), [("campaign", 2), ("city_name", 100)])
def test_a_plain_grouped_query(
    events: Events, run: Run, seed: int, key: str, required: int
) -> None:
    rows = random_events(seed)
    events.add("dsp_impressions", rows)
    expected: Shown = {
        (name, total(group, "impressions"), total(group, "total_cost"))
        for (name,), group in grouped(rows, key).items()
        if enough(group, required, "impressions", "total_cost")
    }
    ran = run(
        f"SELECT {key}, SUM(impressions) AS i, SUM(CAST(total_cost AS INTEGER)) AS c "
        "FROM dsp_impressions GROUP BY 1"
    )
    assert ran.table == expected
    assert ran.outcome.filtered_rows == len(grouped(rows, key)) - len(expected)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("key", "required"), [("advertiser", 2), ("city_name", 100)])
def test_two_levels_of_grouping(
    events: Events, run: Run, seed: int, key: str, required: int
) -> None:
    """The figure of a campaign without impressions has no users, whoever saw the campaign."""
    rows = random_events(seed, count=350 if required > 2 else 30)
    events.add("dsp_impressions", rows)
    expected: Shown = {
        (name, total(group, "impressions"), str(len({r["campaign"] for r in group})))
        for (name,), group in grouped(rows, key).items()
        if enough(group, required, "impressions")
    }
    ran = run(
        f"""
        WITH per AS (SELECT {key}, campaign, SUM(impressions) AS i FROM dsp_impressions
                     GROUP BY {key}, campaign)
        SELECT {key}, SUM(i) AS i, COUNT(campaign) AS campaigns FROM per GROUP BY {key}
        """
    )
    assert ran.table == expected


@pytest.mark.parametrize("seed", range(3))
def test_frequency_of_users(events: Events, run: Run, seed: int) -> None:
    rows = random_events(seed)
    events.add("dsp_impressions", rows)
    per_user: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        if row["user_id"] is not None:
            per_user[row["user_id"], row["campaign"]] += row["impressions"]
    reach: dict[tuple[str, int], set[str]] = defaultdict(set)
    for (user, campaign), times in per_user.items():
        reach[campaign, times].add(user)
    expected: Shown = {
        (campaign, str(times), str(len(users)))
        for (campaign, times), users in reach.items()
        if len(users) >= 2
    }
    ran = run(
        """
        WITH f AS (SELECT user_id, campaign, SUM(impressions) AS times FROM dsp_impressions
                   WHERE user_id IS NOT NULL GROUP BY 1, 2)
        SELECT campaign, times, COUNT(DISTINCT user_id) AS users FROM f GROUP BY 1, 2
        """
    )
    assert ran.table == expected


@pytest.mark.parametrize("seed", range(3))
def test_two_sources_joined_by_user(events: Events, run: Run, seed: int) -> None:
    saw, clicked = random_events(seed, 300, 60), random_events(seed + 10, 60, 60)
    events.add("dsp_impressions", saw)
    events.add("dsp_clicks", ({"user_id": r["user_id"], "clicks": 1} for r in clicked))
    clicks: dict[str, int] = defaultdict(int)
    for row in clicked:
        if row["user_id"] is not None:
            clicks[row["user_id"]] += 1
    expected: Shown = set()
    for (campaign,), group in grouped(saw, "campaign").items():
        people = {row["user_id"] for row in group} - {None}
        clickers = {user for user in people if clicks[user]}
        if len(people) >= 2 and len(clickers) != 1:
            shown = str(sum(clicks[user] for user in clickers)) if clickers else ""
            expected.add((campaign, str(len(people)), shown))
    ran = run(
        """
        WITH saw AS (SELECT DISTINCT user_id, campaign FROM dsp_impressions
                     WHERE user_id IS NOT NULL),
             k AS (SELECT user_id, SUM(clicks) AS clicks FROM dsp_clicks GROUP BY user_id)
        SELECT s.campaign, COUNT(DISTINCT s.user_id) AS users, SUM(k.clicks) AS clicks
        FROM saw s LEFT JOIN k ON s.user_id = k.user_id GROUP BY s.campaign
        """
    )
    assert ran.table == expected


@pytest.mark.parametrize("seed", range(3))
def test_values_removed_and_rows_merged(events: Events, run: Run, seed: int) -> None:
    """campaign asks for 2 users, city_name for 100: both, one or none can be lost."""
    rows = random_events(seed, 600, 200)
    events.add("dsp_impressions", rows)
    merged: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    low: dict[str, list[Row]] = defaultdict(list)
    for (campaign, city), group in grouped(rows, "campaign", "city_name").items():
        if enough(group, 100, "impressions"):
            merged[campaign, city, "false"] += group
        else:
            low[campaign] += group
    for campaign, group in low.items():
        kept = enough(group, 2, "impressions")
        merged[campaign if kept else "", "", "true"] += group
    expected: Shown = {
        (
            campaign,
            city,
            total(group, "impressions"),
            removed,
            str(
                min(
                    100,
                    len({r["user_id"] for r in group} - {None}),
                    len({r["user_id"] for r in group if r["impressions"]} - {None}) or 100,
                )
            ),
        )
        for (campaign, city, removed), group in merged.items()
    }
    ran = run(
        "SELECT campaign, city_name, SUM(impressions) AS i FROM dsp_impressions GROUP BY 1, 2",
        filtered_metrics_discriminator_column="removed",
        distinct_user_count_column="users",
    )
    assert ran.table == expected
