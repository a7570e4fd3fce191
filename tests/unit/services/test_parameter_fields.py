from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amc.errors import ParameterError
from amc.services.parameter_fields import ParameterField, field_value, fields_of
from amc.sql.binding import bind
from amc.sql.lex import Kind, lex

SQL = """WITH wanted (asin) AS (VALUES {{ asins }})
SELECT campaign, SUM(clicks) AS n FROM dsp_clicks
WHERE advertiser_id = CUSTOM_PARAMETER('adv') AND campaign_id IN ({{ ids }})
  AND campaign = {{ name }} AND clicks > {{ least }}
  AND ARRAY_CONTAINS(CUSTOM_PARAMETER('brands'), campaign)
  AND click_date >= CAST(CUSTOM_PARAMETER('day') AS DATE)
  AND click_dt_utc < CAST(CUSTOM_PARAMETER('until') AS TIMESTAMP)
GROUP BY 1"""


def field(name: str, sql: str = SQL) -> ParameterField:
    return next(f for f in fields_of(sql) if f.name == name)


@pytest.mark.parametrize(
    ("name", "data_type", "is_list", "bound"),
    [
        ("adv", "LONG", False, False),
        ("brands", "STRING", True, False),
        ("day", "DATE", False, False),
        ("until", "TIMESTAMP", False, False),
        ("asins", "STRING", True, True),
        ("ids", "LONG", True, True),
        ("name", "STRING", False, True),
        ("least", "LONG", False, True),
    ],
)
def test_a_field_has_the_type_of_its_use(
    name: str, data_type: str, is_list: bool, bound: bool
) -> None:
    found = field(name)
    assert (found.data_type, found.is_list, found.bound) == (data_type, is_list, bound)
    assert found.uses


def test_words_say_what_a_field_takes() -> None:
    assert field("adv").words == "whole number"
    assert field("ids").words == "list of whole numbers"
    assert field("brands").words == "list of text"
    assert field("day").words == "date"
    assert field("asins").words.endswith("; its use leaves the type open")


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("adv", " 12 ", 12),
        ("ids", "1, 2,3", [1, 2, 3]),
        ("ids", "1\n2\n\n3", [1, 2, 3]),
        ("ids", "[1, 2]", [1, 2]),
        ("brands", "one, two", ["one", "two"]),
        ("brands", "one, inc.\ntwo", ["one, inc.", "two"]),
        ("brands", '["one, inc."]', ["one, inc."]),
        ("name", " kept ", " kept "),
        ("day", "2026-11-02", "2026-11-02"),
        ("until", "2026-11-02T10:00:00+01:00", "2026-11-02T09:00:00"),
        ("asins", '[["B01", 1], ["B02", 2]]', [["B01", 1], ["B02", 2]]),
        ("adv", "", None),
        ("ids", " \n ", None),
    ],
)
def test_what_is_typed_becomes_a_value(name: str, raw: str, value: Any) -> None:
    assert field_value(field(name), raw) == value


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("adv", "12; DROP TABLE x", "compared with a LONG"),
        ("adv", "1e400", "compared with a LONG"),
        ("adv", "9223372036854775808", "compared with a LONG"),
        ("ids", "1, two", "compared with a LONG"),
        ("ids", "[1, 2", "begins like a JSON list and is none"),
        ("ids", "[" * 100_000, "begins like a JSON list and is none"),
        ("ids", "[null]", "has no value"),
        ("brands", '["a", null]', "has no value"),
        ("brands", '[["a"]]', "cannot hold a list"),
        ("name", "a\x00b", "holds a character that no text may hold"),
        ("name", "\ud800", "holds a character that no text may hold"),
        ("day", "2026-02-30", "compared with a DATE"),
        ("until", "yesterday", "compared with a TIMESTAMP"),
        ("asins", '[["a"], []]', "is empty"),
        ("asins", "\n".join(["B000000000"] * 100_001), "at most 100,000 values"),
    ],
)
def test_what_cannot_be_a_value_is_refused_at_its_field(name: str, raw: str, said: str) -> None:
    with pytest.raises(ParameterError, match=said) as caught:
        field_value(field(name), raw)
    assert caught.value.name == name


def test_a_placeholder_where_a_name_belongs_says_so() -> None:
    found = field("source", "SELECT campaign FROM {{ source }} GROUP BY 1")
    assert found.is_name
    with pytest.raises(ParameterError, match="stands where a name belongs"):
        field_value(found, "dsp_clicks")


def test_fifty_thousand_asins_pass() -> None:
    raw = "\n".join(f"B{n:09d}" for n in range(50_000))
    assert len(field_value(field("asins"), raw)) == 50_000


@settings(max_examples=150, deadline=None)
@given(st.text() | st.from_regex(r"[\s\S]*('|--|/\*|\\|\{\{)[\s\S]*"))
def test_whatever_is_typed_is_one_literal_or_a_refusal(raw: str) -> None:
    sql = "SELECT campaign FROM dsp_clicks WHERE campaign = {{ x }} GROUP BY 1"
    try:
        value = field_value(field("x", sql), raw)
    except ParameterError:
        return
    if value is None:
        assert raw == ""
        return
    tokens = lex(bind(sql, {"x": value}))
    wanted = [t for t in lex(sql) if t.kind is not Kind.PLACEHOLDER]
    literals = [t for t in tokens if t.kind is Kind.STRING]
    assert len(literals) == 1
    assert literals[0].text[1:-1].replace("''", "'") == raw
    assert [t.text for t in tokens if t.kind is not Kind.STRING] == [t.text for t in wanted]
