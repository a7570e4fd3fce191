"""Typed parameter values: what is taken, what is refused, and nothing changed on the way."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amc.errors import ParameterError
from amc.templates.model import Parameter
from amc.templates.values import coerce_value, coerce_values


def parameter(type: str, **more: Any) -> Parameter:
    fields = {"name": "p", "label": "P", "type": type, "help": "Help.", "required": True} | more
    if "choices" in fields:
        fields["choices"] = [{"value": c, "label": c} for c in fields["choices"]]
    return Parameter.model_validate(fields)


GOOD = [
    ("string", {}, ' O\'Brien & "Söhne" – 50 %; $5 ', ' O\'Brien & "Söhne" – 50 %; $5 '),
    ("string", {}, "x') UNION SELECT …--", "x') UNION SELECT …--"),
    ("string", {"required": False, "default": "d"}, "", ""),
    ("integer", {}, 3, 3),
    ("integer", {}, " -3 ", -3),
    ("integer", {}, Decimal(3), 3),
    ("integer", {"min": 1, "max": 5}, "5", 5),
    ("decimal", {}, "0.10", Decimal("0.10")),
    ("decimal", {}, 0.1, Decimal("0.1")),
    ("decimal", {}, 2, Decimal(2)),
    ("boolean", {}, "TRUE", True),
    ("boolean", {}, False, False),
    ("boolean", {}, "no", False),
    ("date", {}, "2026-02-28", date(2026, 2, 28)),
    ("date", {"min": "2026-01-01"}, date(2026, 1, 1), date(2026, 1, 1)),
    ("enum", {"choices": ["a", "b c"]}, "b c", "b c"),
    ("string_list", {}, ["a,b", " c "], ["a,b", " c "]),
    ("string_list", {}, '["a,b", "it\'s"]', ["a,b", "it's"]),
    ("string_list", {}, "a, b\nc,,", ["a", "b", "c"]),
    ("string_list", {"required": False, "default": []}, [], []),
    ("integer_list", {}, "1, 2,1", [1, 2]),
    ("integer_list", {}, [3, "4"], [3, 4]),
    ("campaign_list", {}, "00123,A0123456789XYZ", ["00123", "A0123456789XYZ"]),
    ("campaign_list", {}, [123456789012345678901], ["123456789012345678901"]),
    ("campaign_list", {}, "[123456789012345678901]", ["123456789012345678901"]),
    ("asin_list", {}, "b0abcdefg1, B0ABCDEFG1", ["B0ABCDEFG1"]),
]


@pytest.mark.parametrize(("type_", "more", "value", "expected"), GOOD)
def test_a_good_value_comes_out_typed(
    type_: str, more: dict[str, Any], value: object, expected: object
) -> None:
    found = coerce_value(parameter(type_, **more), value)
    assert found == expected
    assert type(found) is type(expected)


BAD = [
    ("string", {}, 5, "must be text"),
    ("string", {}, "", "must not be empty"),
    ("string", {"max": 3}, "four", "at most 3 characters"),
    ("string", {"pattern": "[a-z]+"}, "ab1", "pattern"),
    ("string", {}, "a\x00b", "U+0000"),
    ("string", {}, "a\ud800b", "U+D800"),
    ("string", {}, "x" * 4_001, "longer than 4,000"),
    ("integer", {}, "abc", "whole number"),
    ("integer", {}, "1.5", "whole number"),
    ("integer", {}, 1.0, "whole number"),
    ("integer", {}, True, "whole number"),
    ("integer", {}, "١٢", "whole number"),
    ("integer", {}, "1_0", "whole number"),
    ("integer", {}, 2**63, "too large"),
    ("integer", {"min": 1, "max": 28}, 0, "at least 1"),
    ("integer", {"min": 1, "max": 28}, 29, "at most 28"),
    ("decimal", {}, "nan", "must be a number"),
    ("decimal", {}, "Infinity", "must be a number"),
    ("decimal", {}, float("inf"), "must be a number"),
    ("decimal", {}, "1e999999", "digits"),
    ("decimal", {}, "1,5", "must be a number"),
    ("decimal", {"min": Decimal("0.5")}, "0.4", "at least 0.5"),
    ("boolean", {}, "maybe", "true or false"),
    ("boolean", {}, 1, "true or false"),
    ("date", {}, "2026-02-30", "must be a date"),
    ("date", {}, "01.02.2026", "must be a date"),
    ("date", {}, datetime(2026, 1, 1, 12, tzinfo=UTC), "must be a date"),
    ("date", {"max": "2026-01-31"}, "2026-02-01", "at most 2026-01-31"),
    ("enum", {"choices": ["a", "b"]}, "A", "one of a, b"),
    ("enum", {"choices": ["a", "b"]}, 1, "one of a, b"),
    ("string_list", {}, [], "the list is empty"),
    ("string_list", {}, " , ", "the list is empty"),
    ("string_list", {}, ["a", ""], "text values only"),
    ("string_list", {}, ["a", 1], "text values only"),
    ("string_list", {"max": 1}, ["a", "b"], "at most 1"),
    ("string_list", {}, "[1", "not a JSON list"),
    ("string_list", {}, "[" * 5_000, "not a JSON list"),
    ("string_list", {}, 7, "must be a list"),
    ("string_list", {"pattern": "[a-z]"}, ["a", "9"], "pattern"),
    ("integer_list", {}, "1,x", "whole number"),
    ("campaign_list", {}, [1.5e18], "campaign ids"),
    ("campaign_list", {}, ["1'2"], "campaign ids"),
    ("campaign_list", {}, [True], "campaign ids"),
    ("asin_list", {}, ["B0"], "ASINs"),
]


@pytest.mark.parametrize(("type_", "more", "value", "message"), BAD)
def test_a_bad_value_is_refused_by_name(
    type_: str, more: dict[str, Any], value: object, message: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        coerce_value(parameter(type_, **more), value)
    assert caught.value.name == "p"
    assert message in str(caught.value)
    assert len(caught.value.message) < 300


def test_a_missing_required_value_is_named_with_what_it_is_for() -> None:
    with pytest.raises(ParameterError) as caught:
        coerce_values((parameter("integer"),), {"p": ""})
    assert caught.value.name == "p"
    assert "needs a value" in caught.value.message
    assert "Help." in caught.value.hint


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ParameterError) as caught:
        coerce_values((parameter("integer"),), {"p": 1, "q": 2})
    assert caught.value.name == "q"
    assert "There are: p." in str(caught.value)


def test_absent_values_take_their_defaults() -> None:
    both = (
        parameter("integer", required=False, default=3),
        parameter("string", name="s", required=False, default="x"),
    )
    assert coerce_values(both, {}) == {"p": 3, "s": "x"}
    assert coerce_values(both, {"p": None, "s": None}) == {"p": 3, "s": "x"}
    assert coerce_values(both, {"p": "", "s": ""}) == {"p": 3, "s": ""}


SENDABLE = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), min_size=1
)


@given(SENDABLE)
def test_text_is_never_changed(text: str) -> None:
    assert coerce_value(parameter("string"), text) == text
    assert coerce_value(parameter("string_list"), [text]) == [text]
