"""Parameters of a query by hand: found, typed by use, declared and converted."""

# ruff: noqa: DTZ001 - AMC's timestamps have no zone

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amc.errors import ParameterError
from amc.sql.duckdb import Parameter
from amc.sql.parameters import find, prepare
from amc.sql.types import parse_type
from tests.unit.sql.duck import Duck
from tests.unit.sql.test_sql_binding import HOSTILE

STRINGS = parse_type("ARRAY[STRING]")


@pytest.mark.parametrize(
    ("condition", "data_type", "is_array"),
    [
        ("campaign_id = CUSTOM_PARAMETER('p')", "LONG", False),
        ("campaign = CUSTOM_PARAMETER('p')", "STRING", False),
        ("impression_date >= CUSTOM_PARAMETER('p')", "DATE", False),
        ("ARRAY_CONTAINS(CUSTOM_PARAMETER('p'), campaign_id_string)", "STRING", True),
        ("ARRAY_CONTAINS(CUSTOM_PARAMETER('p'), campaign_id)", "LONG", True),
        ("CAST(CUSTOM_PARAMETER('p') AS DATE) < impression_date", "DATE", False),
        (
            "impression_dt BETWEEN CUSTOM_PARAMETER('p') AND CAST('now' AS TIMESTAMP)",
            "TIMESTAMP",
            False,
        ),
        ("campaign_id IN (1, (CUSTOM_PARAMETER('p')))", "LONG", False),
        ("LOWER(campaign) = CUSTOM_PARAMETER('p')", "STRING", False),
        ("campaign SIMILAR TO CUSTOM_PARAMETER('p')", "STRING", False),
        ("NOT campaign LIKE CUSTOM_PARAMETER('p')", "STRING", False),
        ("LEFT(campaign, CUSTOM_PARAMETER('p')) = 'a'", "LONG", False),
        ("campaign_id = IF(impressions > 1, CUSTOM_PARAMETER('p'), 7)", "LONG", False),
        ("campaign = CASE WHEN impressions = 1 THEN CUSTOM_PARAMETER('p') END", "STRING", False),
        ("CUSTOM_PARAMETER('p') OR impressions = 1", "BOOLEAN", False),
        ("IF(CUSTOM_PARAMETER('p'), 1, 2) = 1", "BOOLEAN", False),
        ("campaign_id = COALESCE(CUSTOM_PARAMETER('p'), 5)", "LONG", False),
        ("COALESCE(CUSTOM_PARAMETER('p'), campaign) = 'x'", "STRING", False),
        ("CONTAINED_IN(campaign_id, 1, CUSTOM_PARAMETER('p'))", "LONG", False),
        ("campaign_id CONTAINED IN (CUSTOM_PARAMETER('p'))", "LONG", False),
        ("SECONDS_BETWEEN(CUSTOM_PARAMETER('p'), impression_dt) > 5", "TIMESTAMP", False),
        (
            "impressions < 60 * CUSTOM_PARAMETER('p')",
            "DOUBLE",
            False,
        ),
        (
            "CONVERT_TIME_ZONE_FROM_UTC(impression_dt,CUSTOM_PARAMETER('p')) < 1",
            "STRING",
            False,
        ),
        ("CARDINALITY(CUSTOM_PARAMETER('p')) > 1", "STRING", True),
        (
            "CARDINALITY(CUSTOM_PARAMETER('p')) = 0 OR CUSTOM_PARAMETER('p') IS NULL OR "
            "ARRAY_CONTAINS(CUSTOM_PARAMETER('p'), CAST(impression_dt AS DATE))",
            "DATE",
            True,
        ),
        ("ARRAY_CONTAINS(ARRAY[1, 2], CUSTOM_PARAMETER('p'))", "LONG", False),
        (
            "campaign_id = CUSTOM_PARAMETER('p') OR site = CUSTOM_PARAMETER('p')",
            "STRING",
            False,
        ),
        ("campaign_id IN (SELECT CUSTOM_PARAMETER('p') AS x FROM dsp_clicks)", "STRING", False),
    ],
)
def test_a_type_is_seen_from_the_use(condition: str, data_type: str, is_array: bool) -> None:
    sql = (
        f"SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE {condition} GROUP BY 1"
    )
    (found,) = find(sql)
    assert (found.name, found.data_type, found.is_array) == ("p", data_type, is_array)


def test_a_query_is_bound_and_declared_also_with_a_list_longer_than_any_query() -> None:
    sql = """
        WITH v (asin) AS (VALUES {{ asins }})
        SELECT tracked_asin, COUNT(1) AS n FROM conversions JOIN v ON v.asin = tracked_asin
        WHERE total_units_sold >= CUSTOM_PARAMETER('units') GROUP BY 1"""
    asins = [f"B0{n:08d}" for n in range(50_000)]
    bound = prepare(sql, {"asins": asins, "units": "2"})
    assert bound.author_sql.count("('B0") == 50_000
    assert [d["name"] for d in bound.declarations] == ["units"]
    assert bound.parameter_values == {"units": 2}


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({}, "p"),
        ({"p": "no date"}, "p"),
        ({"p": None}, "p"),
        ({"p": ["2024-01-01"]}, "p"),
        ({"p": "2024-01-01", "P": 1}, "P"),
    ],
)
def test_a_wrong_value_is_refused_by_name(values: dict[str, object], name: str) -> None:
    sql = "SELECT campaign FROM dsp_clicks WHERE click_date = CUSTOM_PARAMETER('p')"
    with pytest.raises(ParameterError) as caught:
        prepare(sql, values)
    assert caught.value.name == name


def test_a_type_is_seen_through_the_name_under_which_a_part_gives_it_out() -> None:
    (found,) = find("""
        WITH given AS (SELECT CUSTOM_PARAMETER('since') AS since, 1 AS one)
        SELECT COUNT(1) AS n FROM dsp_clicks CROSS JOIN given WHERE click_date >= given.since""")
    assert (found.data_type, found.certain) == ("DATE", True)
    assert found.uses == ("compared with click_date, under the name since (line 2)",)


def test_parameters_come_in_the_order_of_the_text_each_once() -> None:
    found = find("""
        SELECT CUSTOM_PARAMETER('c') AS a, SUM(clicks) + CUSTOM_PARAMETER('b') AS n
        FROM dsp_clicks WHERE campaign = CUSTOM_PARAMETER('a') OR campaign = CUSTOM_PARAMETER('c')
        GROUP BY 1""")
    assert [p.name for p in found] == ["c", "b", "a"]
    assert [p.data_type for p in found] == ["STRING", "DOUBLE", "STRING"]


@pytest.mark.parametrize(
    ("use", "value", "data_type", "sent"),
    [
        ("60 * CUSTOM_PARAMETER('p') > 1", "14", "LONG", 14),
        ("60 * CUSTOM_PARAMETER('p') > 1", "0.5", "DOUBLE", 0.5),
        ("60 * CUSTOM_PARAMETER('p') > 1", 7, "LONG", 7),
        ("impressions > CUSTOM_PARAMETER('p')", "9223372036854775807", "LONG", 2**63 - 1),
        ("campaign = CUSTOM_PARAMETER('p')", 20, "STRING", "20"),
        (
            "SECONDS_BETWEEN(CUSTOM_PARAMETER('p'), impression_dt) > 1",
            "2024-01-02",
            "DATE",
            "2024-01-02",
        ),
        (
            "SECONDS_BETWEEN(CUSTOM_PARAMETER('p'), impression_dt) > 1",
            "2024-01-02T03:04:05",
            "TIMESTAMP",
            "2024-01-02T03:04:05",
        ),
        (
            "impression_dt > CUSTOM_PARAMETER('p')",
            "2024-01-02T03:04:05+02:00",
            "TIMESTAMP",
            "2024-01-02T01:04:05",
        ),
        ("CUSTOM_PARAMETER('p') OR impressions > 1", "True", "BOOLEAN", True),
    ],
)
def test_a_value_is_sent_as_its_type(use: str, value: object, data_type: str, sent: object) -> None:
    sql = f"SELECT SUM(impressions) AS n FROM dsp_impressions WHERE {use}"
    bound = prepare(sql, {"p": value})
    assert [d["dataType"] for d in bound.declarations] == [data_type]
    assert bound.parameter_values == {"p": sent}
    assert type(bound.parameter_values["p"]) is type(sent)


@pytest.mark.parametrize(
    ("use", "value"),
    [
        ("impressions > CUSTOM_PARAMETER('p')", "9223372036854775808"),
        ("impressions > CUSTOM_PARAMETER('p')", "1e999999999"),
        ("impressions > CUSTOM_PARAMETER('p')", "1.5"),
        ("impressions > CUSTOM_PARAMETER('p')", "NaN"),
        pytest.param("impressions > CUSTOM_PARAMETER('p')", 10**5000, id="5000 digits"),
        ("impressions > CUSTOM_PARAMETER('p')", {"a": 1}),
        pytest.param("campaign = CUSTOM_PARAMETER('p')", "\x00", id="NUL"),
        pytest.param("campaign = CUSTOM_PARAMETER('p')", "\ud800", id="half a character"),
        ("campaign = CUSTOM_PARAMETER('p')", b"x"),
        ("ARRAY_CONTAINS(CUSTOM_PARAMETER('p'), campaign)", ["a", None]),
        ("ARRAY_CONTAINS(CUSTOM_PARAMETER('p'), campaign)", None),
        ("ARRAY_CONTAINS(CUSTOM_PARAMETER('p'), campaign)", [["a"]]),
        ("CUSTOM_PARAMETER('p') OR impressions > 1", "perhaps"),
    ],
)
def test_a_value_that_is_none_of_its_type_is_refused_by_name(use: str, value: object) -> None:
    sql = f"SELECT SUM(impressions) AS n FROM dsp_impressions WHERE {use}"
    with pytest.raises(ParameterError) as caught:
        prepare(sql, {"p": value})
    assert caught.value.name == "p"


TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=30),
)
USES: list[tuple[str, st.SearchStrategy[Any]]] = [
    ("campaign = CUSTOM_PARAMETER('p')", TEXTS),
    ("campaign_id = CUSTOM_PARAMETER('p')", st.integers(-(2**63), 2**63 - 1)),
    (
        "60 * CUSTOM_PARAMETER('p') > 1",
        st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not x.is_integer()),
    ),
    ("CUSTOM_PARAMETER('p') OR impressions > 1", st.booleans()),
    ("impression_date >= CUSTOM_PARAMETER('p')", st.dates()),
    (
        "impression_dt_utc >= CUSTOM_PARAMETER('p')",
        st.datetimes(datetime(1900, 1, 1)).map(lambda t: t.replace(microsecond=0)),
    ),
    ("ARRAY_CONTAINS(CUSTOM_PARAMETER('p'), campaign)", st.lists(TEXTS, max_size=5)),
    ("ARRAY_CONTAINS(CUSTOM_PARAMETER('p'), campaign_id)", st.lists(st.integers(0, 9), max_size=5)),
]


@settings(max_examples=250, deadline=None)
@given(data=st.data())
def test_a_value_of_every_kind_reaches_the_query_unchanged(data: st.DataObject) -> None:
    """Typed by its use, declared, over the wire as JSON, read by its declaration, given back."""
    use, values = data.draw(st.sampled_from(USES))
    value = data.draw(values)
    sql = f"SELECT SUM(impressions) AS n FROM dsp_impressions WHERE {use}"
    bound = prepare(sql, {"p": value})
    assert bound.author_sql == sql, "a parameter never changes the text"
    (declared,) = json.loads(json.dumps(bound.declarations))
    sent = json.loads(json.dumps(bound.parameter_values))["p"]
    kind = declared["dataType"]
    is_list = isinstance(kind, dict)
    wanted = parse_type(f"ARRAY[{kind['elementDataType']}]" if is_list else kind)
    assert Duck(parameters={"p": Parameter(sent, wanted)}).one("CUSTOM_PARAMETER('p')") == value


def test_fifty_thousand_items_of_a_list_reach_the_query() -> None:
    asins = [f"B0{n:08d}" for n in range(49_999)] + ["it's \\ {{ x }} -- /*"]
    sql = (
        "SELECT COUNT(1) AS n FROM conversions "
        "WHERE ARRAY_CONTAINS(CUSTOM_PARAMETER('asins'), tracked_asin)"
    )
    bound = prepare(sql, {"asins": asins})
    duck = Duck(parameters={"asins": Parameter(bound.parameter_values["asins"], STRINGS)})
    assert duck.one("CUSTOM_PARAMETER('asins')") == asins


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'CUSTOM_PARAMETER(''p'')' AS a",
        "SELECT 1 AS a -- CUSTOM_PARAMETER('p')",
        "SELECT 1 AS a /* {{ p }} CUSTOM_PARAMETER('p') */",
        "SELECT CUSTOM_PARAMETER(p) AS a",
        'SELECT CUSTOM_PARAMETER("p") AS a',
    ],
)
def test_what_only_looks_like_a_parameter_takes_no_value(sql: str) -> None:
    assert find(sql) == []
    with pytest.raises(ParameterError, match="single quotes"):
        prepare(sql, {"p": "x"})
