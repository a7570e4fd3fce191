"""Parameters of a query by hand: found, typed by use, declared and converted."""

import pytest

from amc.errors import ParameterError
from amc.sql.parameters import find, prepare


@pytest.mark.parametrize(
    ("condition", "data_type", "is_array"),
    [
        ("campaign_id = CUSTOM_PARAMETER('p')", "LONG", False),
        ("campaign = CUSTOM_PARAMETER('p')", "STRING", False),
        ("impression_date >= CUSTOM_PARAMETER('p')", "DATE", False),
        ("ARRAY_CONTAINS(CUSTOM_PARAMETER('p'), campaign_id_string)", "STRING", True),
        ("ARRAY_CONTAINS(CUSTOM_PARAMETER('p'), campaign_id)", "LONG", True),
        ("CAST(CUSTOM_PARAMETER('p') AS DATE) < impression_date", "DATE", False),
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
