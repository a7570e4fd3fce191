"""From values to what is sent: AMC's own parameters, and literals only where AMC takes none."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from amc.errors import ParameterError, TemplateError
from amc.sql.lex import lex
from amc.templates import Template, load_template
from tests.unit.templates.conftest import RIGHT_YAML

Write = Callable[..., Path]

SQL = """WITH brands (term) AS (VALUES {{ terms }}) -- {{ not }} one
SELECT {{ metric }} AS figure
FROM dsp_impressions
CROSS JOIN brands
WHERE
  campaign = CUSTOM_PARAMETER('name')
  AND total_cost > CUSTOM_PARAMETER('least')
  AND impression_date_utc >= CUSTOM_PARAMETER('from_day')
  AND is_amazon_owned = CUSTOM_PARAMETER('owned')
  AND ARRAY_CONTAINS(CUSTOM_PARAMETER('numbers'), campaign_id)
"""
PARAMETERS = """parameters:
  - {name: terms, label: T, type: string_list, binding: values, required: true, help: H.}
  - {name: metric, label: M, type: enum, binding: name, default: impressions, help: H.,
     choices: [{value: impressions, label: I}, {value: total_cost, label: C}]}
  - {name: name, label: N, type: string, required: true, help: H.}
  - {name: least, label: L, type: decimal, default: 0.5, help: H.}
  - {name: from_day, label: F, type: date, default: 2026-01-01, help: H.}
  - {name: owned, label: O, type: boolean, default: false, help: H.}
  - {name: numbers, label: N, type: integer_list, default: [], help: H.}
"""


@pytest.fixture
def template(write: Write) -> Template:
    start, end = RIGHT_YAML.index("parameters:"), RIGHT_YAML.index("needs:")
    return load_template(write(RIGHT_YAML[:start] + PARAMETERS + RIGHT_YAML[end:], SQL))


def test_values_travel_as_typed_parameters_with_declarations(template: Template) -> None:
    rendered = template.render(
        {"terms": ["a"], "name": "x", "least": "1.25", "from_day": "2026-02-03", "numbers": "7,8"}
    )
    assert rendered.parameter_values == {
        "name": "x", "least": 1.25, "from_day": "2026-02-03", "owned": False, "numbers": [7, 8],
    }  # fmt: skip
    assert {d["name"]: d["dataType"] for d in rendered.declarations} == {
        "name": "STRING",
        "least": "DOUBLE",
        "from_day": "DATE",
        "owned": "BOOLEAN",
        "numbers": {"type": "ARRAY", "elementDataType": "LONG"},
    }
    assert rendered.shown["least"] == "1.25"
    assert rendered.shown["terms"] == ["a"]
    assert template.coerce({"terms": ["a"], "name": "x"})["least"] == Decimal("0.5")


def test_a_list_becomes_rows_of_values_and_a_name_stands_bare(template: Template) -> None:
    rendered = template.render({"terms": ["a", "b"], "name": "x", "metric": "total_cost"})
    first, second, *_ = rendered.author_sql.splitlines()
    assert first == "WITH brands (term) AS (VALUES ('a'), ('b')) -- {{ not }} one"
    assert second == "SELECT total_cost AS figure"


HOSTILE = [
    "x') UNION SELECT user_id FROM dsp_impressions--",
    'O\'Brien & "Söhne" – 50 %; $5',
    "'; --",
    "*/ x /*",
    "{{ metric }}",
    "a\\'b\nc",
    "‘’＇",
    "CUSTOM_PARAMETER('name')",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_one_literal(template: Template, text: str) -> None:
    rendered = template.render({"terms": [text, "b"], "name": text})
    quiet = template.render({"terms": ["a", "b"], "name": "x"})
    hostile, plain = lex(rendered.author_sql), lex(quiet.author_sql)
    assert [t.kind for t in hostile] == [t.kind for t in plain]
    changed = [(h.text, p.text) for h, p in zip(hostile, plain, strict=True) if h.text != p.text]
    assert changed == [("'" + text.replace("'", "''") + "'", "'a'")]
    assert rendered.parameter_values["name"] == text


def test_nothing_is_rendered_from_a_bad_value(template: Template) -> None:
    for values, name in [
        ({"name": "x"}, "terms"),
        ({"terms": [], "name": "x"}, "terms"),
        ({"terms": ["a"]}, "name"),
        ({"terms": ["a"], "name": ""}, "name"),
        ({"terms": ["a"], "name": "x", "metric": "user_id"}, "metric"),
        ({"terms": ["a"], "name": "x", "numbers": ["7; DROP"]}, "numbers"),
        ({"terms": ["a"], "name": "x", "other": 1}, "other"),
    ]:
        with pytest.raises(ParameterError) as caught:
            template.render(values)
        assert caught.value.name == name


def test_a_placeholder_for_a_declared_parameter_is_a_fault(write: Write) -> None:
    start, end = RIGHT_YAML.index("parameters:"), RIGHT_YAML.index("needs:")
    yaml = RIGHT_YAML[:start] + PARAMETERS + RIGHT_YAML[end:]
    with pytest.raises(TemplateError, match="name has binding: parameter"):
        load_template(write(yaml, SQL.replace("CUSTOM_PARAMETER('name')", "{{ name }}")))


def test_a_placeholder_inside_quotes_is_a_fault(write: Write) -> None:
    start, end = RIGHT_YAML.index("parameters:"), RIGHT_YAML.index("needs:")
    yaml = RIGHT_YAML[:start] + PARAMETERS + RIGHT_YAML[end:]
    with pytest.raises(TemplateError, match="inside quotes"):
        load_template(write(yaml, SQL.replace("AS figure", "AS figure, '{{ terms }}' AS text")))
