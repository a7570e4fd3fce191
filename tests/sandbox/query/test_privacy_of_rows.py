"""Thresholds and user counts: which rows AMC removes. Every figure is worked out by hand."""

from typing import Any

import pytest

from tests.sandbox.query.conftest import Events, Run, spread

DEVICE_POSTAL = """
SELECT SUM(impressions) AS impressions, SUM(clicks) AS clicks, device_type, postal_code
FROM (
  SELECT device_type, postal_code, impressions, 0 AS clicks, user_id FROM dsp_impressions
  UNION ALL
  SELECT device_type, postal_code, 0 AS impressions, clicks, user_id FROM dsp_clicks
) GROUP BY 3, 4
"""


@pytest.fixture
def device_postal(events: Events) -> None:
    """Amazon's worked example: (impressions, clicks, device, postal code, users of each)."""
    for impressions, clicks, device, postal, saw, clicked in (
        (1100, 300, "iPhone", "11111", 50, 13),
        (200, 100, "Android", "22222", 30, 8),
        (1300, 500, "Android", "33333", 133, 87),
        (1700, 700, "Android", "44444", 108, 359),
    ):
        where: dict[str, Any] = {"device_type": device, "postal_code": postal}
        events.add(
            "dsp_impressions",
            (
                {**where, "user_id": u, "impressions": n}
                for u, n in spread(impressions, saw, postal)
            ),
        )
        events.add(
            "dsp_clicks",
            ({**where, "user_id": u, "clicks": n} for u, n in spread(clicks, clicked, postal)),
        )


@pytest.mark.usefixtures("device_postal")
def test_the_worked_example_keeps_one_row_of_four(run: Run) -> None:
    ran = run(DEVICE_POSTAL)
    assert ran.rows == [["1700", "700", "Android", "44444"]]
    assert ran.outcome.rows == 1
    assert ran.outcome.filtered_rows == 3


@pytest.mark.usefixtures("device_postal")
def test_the_worked_example_with_a_discriminator_merges_what_lost_its_postal_code(run: Run) -> None:
    ran = run(DEVICE_POSTAL, filtered_metrics_discriminator_column="filtered")
    assert ran.header == ["impressions", "clicks", "device_type", "postal_code", "filtered"]
    assert ran.table == {
        ("1100", "300", "iPhone", "", "true"),
        ("1500", "600", "Android", "", "true"),
        ("1700", "700", "Android", "44444", "false"),
    }


@pytest.mark.usefixtures("device_postal")
def test_the_user_count_is_the_smaller_one_and_capped_at_the_requirement(run: Run) -> None:
    ran = run(
        DEVICE_POSTAL,
        filtered_metrics_discriminator_column="filtered",
        distinct_user_count_column="users",
    )
    # iPhone: min(50, 13). The merged row: 8 + 87 clickers, all different. The kept row: min(108,
    # 359) capped at 100.
    assert {(r["device_type"], r["postal_code"], r["users"]) for r in ran.dicts()} == {
        ("iPhone", "", "13"),
        ("Android", "", "95"),
        ("Android", "44444", "100"),
    }


@pytest.mark.usefixtures("device_postal")
def test_reasons_name_the_smallest_count_and_the_requirement(run: Run) -> None:
    ran = run(
        DEVICE_POSTAL,
        privacy_filtering_behavior="REMOVE_VALUES",
        filtered_reason_column="why",
    )
    assert {(r["device_type"], r["postal_code"], r["why"]) for r in ran.dicts()} == {
        # 50 + 13 different people (ids differ only by number: 13 of the 50 clicked too).
        ("iPhone", "", "50 'dsp_impressions' users < 100 required"),
        ("Android", "", "30 'dsp_impressions' users < 100 required"),
        ("Android", "44444", ""),
    }


def test_a_low_column_needs_two_users(events: Events, run: Run) -> None:
    events.add(
        "dsp_impressions",
        [
            {"campaign": "one", "user_id": "a", "impressions": 5},
            {"campaign": "one", "user_id": "a", "impressions": 5},
            {"campaign": "two", "user_id": "a", "impressions": 1},
            {"campaign": "two", "user_id": "b", "impressions": 1},
            {"campaign": "nobody", "user_id": None, "impressions": 9},
        ],
    )
    ran = run("SELECT campaign, SUM(impressions) AS imps FROM dsp_impressions GROUP BY 1")
    assert ran.table == {("two", "2")}
    assert ran.outcome.filtered_rows == 2


def test_users_are_counted_per_figure(events: Events, run: Run) -> None:
    events.add(
        "sponsored_ads_traffic",
        [
            {"campaign": "c", "user_id": "a", "impressions": 1, "clicks": 0},
            {"campaign": "c", "user_id": "b", "impressions": 1, "clicks": 0},
            {"campaign": "c", "user_id": "b", "impressions": 0, "clicks": 1},
            {"campaign": "d", "user_id": "a", "impressions": 1, "clicks": 0},
            {"campaign": "d", "user_id": "b", "impressions": 1, "clicks": 0},
        ],
    )
    sql = (
        "SELECT campaign, SUM(impressions) AS imps, SUM(clicks) AS clicks "
        "FROM sponsored_ads_traffic GROUP BY campaign"
    )
    # One clicker in c is too few; in d nobody clicked, and a figure of zero asks for nobody.
    assert run(sql).table == {("d", "2", "0")}
    shown = run(sql, filtered_metrics_discriminator_column="f", filtered_reason_column="why")
    assert shown.table == {
        ("", "2", "1", "true", "1 'sponsored_ads_traffic' effective users < 2 required"),
        ("d", "2", "0", "false", ""),
    }


def test_figures_without_a_threshold_are_always_shown(events: Events, run: Run) -> None:
    events.add("dsp_impressions", [{"user_id": "a", "impressions": 3}])
    ran = run(
        "SELECT SUM(impressions) AS imps, COUNT(DISTINCT user_id) AS reach FROM dsp_impressions"
    )
    assert ran.rows == [["3", "1"]]
    assert ran.outcome.filtered_rows == 0


def test_rows_of_sources_without_users_are_not_filtered(run: Run) -> None:
    sql = "WITH v (id, name) AS (VALUES ('1', 'A'), ('2', 'B')) SELECT id, name FROM v"
    ran = run(sql, filtered_metrics_discriminator_column="f", filtered_reason_column="why")
    assert ran.table == {("1", "A", "false", ""), ("2", "B", "false", "")}


def test_event_rows_cannot_leave(events: Events, run: Run) -> None:
    rows = [{"campaign": "c", "user_id": f"u{n}", "impressions": 1} for n in range(200)]
    events.add("dsp_impressions", rows)
    ran = run("SELECT campaign, impressions FROM dsp_impressions")
    assert ran.text == "campaign,impressions\n"
    assert ran.outcome.filtered_rows == 200


def test_a_timestamp_needs_a_hundred_users(events: Events, run: Run) -> None:
    rows = [{"campaign": "c", "user_id": f"u{n}", "impressions": 1} for n in range(100)]
    events.add("dsp_impressions", rows[:99])
    sql = (
        "SELECT impression_dt_utc, campaign, COUNT(user_id) AS n FROM dsp_impressions GROUP BY 1, 2"
    )
    assert run(sql).rows == []
    events.add("dsp_impressions", rows[99:])
    assert run(sql).rows == [["2026-09-15T10:00:00.000Z", "c", "100"]]


def test_users_are_carried_through_levels_that_group_them_away(events: Events, run: Run) -> None:
    """Per campaign, then over all campaigns of an advertiser: the same user counts once."""
    for campaign, users in {"a1": "xy", "a2": "xy", "b1": "x", "b2": "x"}.items():
        events.add(
            "dsp_impressions",
            [
                {"advertiser": campaign[0], "campaign": campaign, "user_id": u, "impressions": 1}
                for u in users
            ],
        )
    ran = run(
        """
        WITH per_campaign AS (
          SELECT advertiser, campaign, SUM(impressions) AS imps FROM dsp_impressions GROUP BY 1, 2)
        SELECT advertiser, SUM(imps) AS imps, COUNT(campaign) AS campaigns
        FROM per_campaign GROUP BY advertiser
        """
    )
    # Advertiser b has two campaigns with one user each, but that is one and the same user.
    assert ran.table == {("a", "4", "2")}


def test_sets_of_users_are_carried_where_a_hundred_are_asked_for(events: Events, run: Run) -> None:
    """City x: 60 + 60 users who are the same; city y: 60 + 60 different ones."""
    for city, day, first in (("x", 1, 0), ("x", 2, 0), ("y", 1, 0), ("y", 2, 60)):
        events.add(
            "dsp_impressions",
            [
                {"city_name": city, "campaign": f"c{day}", "user_id": f"u{n}", "impressions": 1}
                for n in range(first, first + 60)
            ],
        )
    sql = """
        WITH per AS (SELECT city_name, campaign, SUM(impressions) AS imps
                     FROM dsp_impressions GROUP BY 1, 2)
        SELECT city_name, SUM(imps) AS imps FROM per GROUP BY city_name
        """
    assert run(sql).table == {("y", "120")}
    ran = run(sql, privacy_filtering_behavior="REMOVE_VALUES", distinct_user_count_column="du")
    assert ran.table == {("y", "120", "100"), ("", "120", "60")}


def test_per_user_levels_keep_their_users(events: Events, run: Run) -> None:
    """Frequency: 3 users saw one impression of a campaign, 1 saw two."""
    for user, times in (("a", 1), ("b", 1), ("c", 1), ("d", 2)):
        events.add(
            "dsp_impressions",
            [{"campaign": "k", "user_id": user, "impressions": 1}] * times,
        )
    ran = run(
        """
        WITH f AS (SELECT user_id, campaign, SUM(impressions) AS imps
                   FROM dsp_impressions GROUP BY user_id, campaign)
        SELECT campaign, imps AS frequency, COUNT(DISTINCT user_id) AS users
        FROM f GROUP BY campaign, imps
        """
    )
    assert ran.table == {("k", "1", "3")}
    assert ran.outcome.filtered_rows == 1


def test_a_full_join_counts_each_side_behind_its_own_figures(events: Events, run: Run) -> None:
    events.add(
        "dsp_impressions",
        [{"campaign": c, "user_id": u, "impressions": 1} for c in "pq" for u in ("a", "b")],
    )
    events.add(
        "dsp_clicks",
        [{"campaign": "q", "user_id": "a", "clicks": 1}]
        + [{"campaign": "r", "user_id": u, "clicks": 1} for u in ("a", "b")],
    )
    ran = run(
        """
        WITH i AS (SELECT campaign, SUM(impressions) AS imps FROM dsp_impressions GROUP BY 1),
             k AS (SELECT campaign, SUM(clicks) AS clicks FROM dsp_clicks GROUP BY 1)
        SELECT COALESCE(i.campaign, k.campaign) AS campaign, imps, clicks
        FROM i FULL OUTER JOIN k ON i.campaign = k.campaign
        """
    )
    # q has clicks of one user only.
    assert ran.table == {("p", "2", ""), ("r", "", "2")}


def test_users_joined_by_their_id_are_the_same_person(events: Events, run: Run) -> None:
    events.add("dsp_impressions", [{"user_id": u, "impressions": 1} for u in "abcd"])
    events.add("conversions", [{"user_id": u, "conversions": 1} for u in "bc"])
    ran = run(
        """
        WITH saw AS (SELECT user_id, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1),
             bought AS (SELECT user_id, SUM(conversions) AS n FROM conversions GROUP BY 1)
        SELECT IF(bought.user_id IS NULL, 'no', 'yes') AS buyer, COUNT(saw.user_id) AS users
        FROM saw LEFT JOIN bought ON saw.user_id = bought.user_id GROUP BY 1
        """
    )
    assert ran.table == {("no", "2"), ("yes", "2")}


def test_distinct_and_union_carry_users(events: Events, run: Run) -> None:
    events.add(
        "dsp_impressions",
        [{"campaign": "c", "user_id": "a"}, {"campaign": "d", "user_id": "a"}],
    )
    events.add(
        "dsp_clicks",
        [{"campaign": "c", "user_id": "b"}, {"campaign": "d", "user_id": "a"}],
    )
    assert run("SELECT DISTINCT campaign FROM dsp_impressions").rows == []
    ran = run("SELECT campaign FROM dsp_impressions UNION SELECT campaign FROM dsp_clicks")
    assert ran.table == {("c",)}
    ran = run(
        "SELECT DISTINCT campaign FROM (SELECT campaign FROM dsp_impressions "
        "UNION ALL SELECT campaign FROM dsp_clicks)"
    )
    assert ran.table == {("c",)}


def test_scalar_subqueries_count_their_own_users(events: Events, run: Run) -> None:
    events.add("dsp_impressions", [{"campaign": "c", "user_id": "a", "impressions": 1}])
    sql = "SELECT (SELECT MAX(campaign) FROM dsp_impressions) AS c, 1 AS one"
    assert run(sql).rows == []
    events.add("dsp_impressions", [{"campaign": "b", "user_id": "b", "impressions": 1}])
    assert run(sql).rows == [["c", "1"]]


def test_values_are_removed_level_by_level(events: Events, run: Run) -> None:
    """postal_code asks for 100 users, campaign for 2: what fails both loses both and merges."""
    for campaign, postal, users in (("c", "1", 5), ("c", "2", 5), ("d", "1", 1), ("e", "1", 1)):
        events.add(
            "dsp_impressions",
            [
                {"campaign": campaign, "postal_code": postal, "user_id": f"{campaign}{n}",
                 "impressions": 2}
                for n in range(users)
            ],
        )  # fmt: skip
    ran = run(
        "SELECT campaign, postal_code, SUM(impressions) AS imps FROM dsp_impressions GROUP BY 1, 2",
        filtered_metrics_discriminator_column="f",
        distinct_user_count_column="du",
        filtered_reason_column="why",
    )
    assert ran.table == {
        ("c", "", "20", "true", "5", "5 'dsp_impressions' users < 100 required"),
        ("", "", "4", "true", "2", "1 'dsp_impressions' users < 100 required"),
    }


def test_controls_off_in_a_sandbox_shows_everything(events: Events, run: Run) -> None:
    events.add("dsp_impressions", [{"campaign": "c", "user_id": "a", "impressions": 1}])
    sql = "SELECT user_id, campaign, impressions FROM dsp_impressions LIMIT 100"
    ran = run(sql, sandbox=True, aggregation_controls=False)
    assert ran.rows == [["a", "c", "1"]]


def test_a_sandbox_takes_a_limit_with_its_controls_on(events: Events, run: Run) -> None:
    seen = [("a", "u"), ("a", "v"), ("b", "u"), ("b", "v"), ("c", "u")]
    events.add(
        "dsp_impressions", [{"campaign": c, "user_id": u, "impressions": 1} for c, u in seen]
    )
    sql = "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"
    assert run(sql, sandbox=True).table == {("a", "2"), ("b", "2")}
    one = run(f"{sql} UNION ALL {sql} LIMIT 3", sandbox=True).rows
    assert len(one) <= 3
    assert {tuple(r) for r in one} <= {("a", "2"), ("b", "2")}
    assert len(run(f"{sql} LIMIT 1", sandbox=True).rows) <= 1
    assert run(f"{sql} LIMIT 9", sandbox=True).table == {("a", "2"), ("b", "2")}


def test_controls_stay_on_outside_sandboxes(events: Events, run: Run) -> None:
    events.add("dsp_impressions", [{"campaign": "c", "user_id": "a", "impressions": 1}])
    ran = run("SELECT campaign, impressions FROM dsp_impressions", aggregation_controls=False)
    assert ran.rows == []


def test_a_source_read_twice_is_named_with_its_path(events: Events, run: Run) -> None:
    events.add("dsp_impressions", [{"campaign": c, "user_id": "a", "impressions": 1} for c in "cd"])
    ran = run(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions "
        "WHERE user_id IN (SELECT user_id FROM dsp_impressions) GROUP BY 1",
        privacy_filtering_behavior="REMOVE_VALUES",
        filtered_reason_column="why",
    )
    assert ran.rows == [["", "2", "1 'dsp_impressions' (path 1 of 2) users < 2 required"]]


def test_rows_without_a_user_do_not_make_up_the_hundred(events: Events, run: Run) -> None:
    """99 users and many rows of nobody, parted over campaigns and brought together again."""
    for campaign in ("c1", "c2"):
        events.add(
            "dsp_impressions",
            [
                {"city_name": "x", "campaign": campaign, "user_id": user, "impressions": 1}
                for user in [*(f"u{n}" for n in range(99)), None, None]
            ],
        )
    sql = """
        WITH per AS (SELECT city_name, campaign, SUM(impressions) AS imps
                     FROM dsp_impressions GROUP BY 1, 2)
        SELECT city_name, SUM(imps) AS imps FROM per GROUP BY city_name
        """
    assert run(sql).rows == []
    row = {"city_name": "x", "campaign": "c3", "user_id": "u99", "impressions": 1}
    events.add("dsp_impressions", [row])
    assert run(sql).rows == [["x", "203"]]
