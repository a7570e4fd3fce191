"""Templates from files: what is right loads, what is wrong is named with its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from amc.errors import TemplateError
from amc.templates import find_templates, load_template, load_templates, read_values
from tests.unit.templates.conftest import RIGHT_SQL, RIGHT_YAML

Write = Callable[..., Path]


def test_a_right_template_loads(write: Write) -> None:
    template = load_template(write())
    assert (template.name, template.group, template.version) == ("small", "things", "1")
    assert [p.name for p in template.parameters] == ["campaign_ids", "kind"]
    assert template.to_dict()["output"][1]["unit"] == "count"


CHANGES = [
    ("title: A small one\n", "", "title", "the field is missing"),
    ("title: A small one", "titel: A small one", "titel", "there is no such field"),
    ("title: A small one", "title: 5", "title", "must be text; put it in quotes"),
    ("name: small", "name: other", "name", "must be that of the file"),
    ("name: small", "name: Small One", "name", "lower case"),
    ("group: things", "group: stuff", "group", "name of the folder"),
    ("type: campaign_list", "type: text", "parameters.0.type", "input should be"),
    ("    default: []\n", "", "parameters.0.default", "needs a default"),
    ("default: []", "default: [1.5]", "parameters.0.default", "campaign ids"),
    ("default: short", "default: tall", "parameters.1.default", "one of short, long"),
    ("name: kind", "name: campaign_ids", "parameters.1.name", "stands here twice"),
    ("default_window: last-7-days", "default_window: last-900-days", "default_window", ""),
    ("default_window: last-7-days", "default_window: 12:30", "default_window", "12:30"),
    ("x: campaign,", "x: nothing,", "charts.0.x", "no column nothing"),
    ("kind: bar, ", "", "charts.0.kind", "needs its kind"),
    ("role: metric, type", "role: figure, type", "output.1.role", "input should be"),
    ("{name: impressions,", "{name: campaign,", "output.1.name", "stands here twice"),
    ("maturity: {days: 0", "maturity: {days: -1", "maturity.days", "greater than"),
    (
        "    - name: dsp_impressions\n",
        "    - {name: dsp_impressions, when: {kind: [tall]}}\n",
        "needs.sources.0.when.kind.0",
        "no choice tall",
    ),
    (
        "    - name: dsp_impressions\n",
        "    - {name: dsp_impressions, when: {other: [tall]}}\n",
        "needs.sources.0.when.other",
        "not a parameter with binding",
    ),
    (
        "reading: Read it.",
        "reading: Read it.\nexamples: [{kind: tall}]",
        "examples.0.kind",
        "one of",
    ),
    (
        "reading: Read it.",
        "reading: Read it.\nexamples: [{quiet: 1}]",
        "examples.0.quiet",
        "no para",
    ),
    (
        "help: Which ones.",
        "help: Which ones.\n    pattern: '('",
        "parameters.0.pattern",
        "for text",
    ),
    ("help: Which ones.", "help: Which ones.\n    min: a", "parameters.0.min", "does not fit"),
    (
        "help: Which ones.",
        "help: Which ones.\n    choices: [{value: a, label: A}]",
        "parameters.0.choices",
        "only an enum",
    ),
    ("help: How much to say.", "help: How.\n    min: 1", "parameters.1.min", "does not fit"),
    ("binding: section", "binding: values", "parameters.1.binding", "needs a list"),
]


@pytest.mark.parametrize(("old", "new", "field", "message"), CHANGES)
def test_a_fault_in_a_field_is_named_with_file_line_column_and_field(
    write: Write, old: str, new: str, field: str, message: str
) -> None:
    assert old in RIGHT_YAML
    changed = RIGHT_YAML.replace(old, new, 1)
    path = write(changed)
    with pytest.raises(TemplateError) as caught:
        load_template(path)
    assert caught.value.field == field
    file, line, column = caught.value.file.rsplit(":", 2)
    assert file == str(path)
    last = field.rsplit(".", 1)[-1]
    written = changed.splitlines()[int(line) - 1]
    assert int(column) <= len(written) + 1
    if not last.isdigit() and new:  # what was taken away has no place of its own
        assert last in written
    assert message in str(caught.value)


def test_the_first_fault_in_the_order_of_the_file_is_told(write: Write) -> None:
    path = write(RIGHT_YAML.replace("title: A small one", "title: 5\nversion2: 3"))
    with pytest.raises(TemplateError) as caught:
        load_template(path)
    assert caught.value.file.endswith(":2:8")


SQL_FAULTS = [
    ("  --: end\n  SUM", "  SUM", "stand inside another"),
    (
        "kind is long\n  campaign_id_string,\n  --: end\n  campaign\n",
        "kind is long\n",
        "not closed",
    ),
    ("--: when kind is long", "--: when kind is tall", "no choice tall"),
    ("--: when kind is long", "--: when sort is long", "not a parameter with binding"),
    ("--: when kind is long", "--: if kind is long", "a mark is"),
    ("-- Impressions by campaign.", "--: end", "closes nothing"),
]


@pytest.mark.parametrize(("old", "new", "message"), SQL_FAULTS)
def test_a_fault_in_the_marks_of_the_sql_is_named_with_its_line(
    write: Write, old: str, new: str, message: str
) -> None:
    assert old in RIGHT_SQL
    path = write(sql=RIGHT_SQL.replace(old, new, 1))
    with pytest.raises(TemplateError) as caught:
        load_template(path)
    assert caught.value.file.startswith(f"{path.with_suffix('.sql')}:")
    assert message in str(caught.value)


USE_FAULTS = [
    (
        "CUSTOM_PARAMETER('campaign_ids'), c",
        "CUSTOM_PARAMETER('campaigns'), c",
        "11:38",
        "declares no",
    ),
    ("CUSTOM_PARAMETER('campaign_ids'), c", "{{ campaign_ids }}, c", "11:21", "binding: parameter"),
    (
        "CUSTOM_PARAMETER('campaign_ids'), c",
        "CUSTOM_PARAMETER('kind'), c",
        "11:38",
        "binding: section",
    ),
    ("ARRAY_CONTAINS(CUSTOM", "ARRAY_CONTAINS('CUSTOM", "11:52", "not closed"),
]


@pytest.mark.parametrize(("old", "new", "place", "message"), USE_FAULTS)
def test_a_parameter_that_the_sql_uses_in_another_way_than_declared_is_a_fault(
    write: Write, old: str, new: str, place: str, message: str
) -> None:
    assert old in RIGHT_SQL
    path = write(sql=RIGHT_SQL.replace(old, new, 1))
    with pytest.raises(TemplateError) as caught:
        load_template(path)
    assert message in str(caught.value)
    assert caught.value.file == f"{path.with_suffix('.sql')}:{place}"


def test_a_parameter_that_nothing_uses_is_a_fault(write: Write) -> None:
    unused = "CARDINALITY(ARRAY['a']) = 0 -- CUSTOM_PARAMETER('campaign_ids')"
    sql = RIGHT_SQL.split("WHERE")[0] + f"WHERE {unused}\nGROUP BY 1\n"
    with pytest.raises(TemplateError, match="campaign_ids is used nowhere"):
        load_template(write(sql=sql))


def test_a_section_parameter_that_no_section_asks_for_is_a_fault(write: Write) -> None:
    lines = [line for line in RIGHT_SQL.splitlines() if "--:" not in line]
    with pytest.raises(TemplateError, match="no section asks for kind"):
        load_template(write(sql="\n".join(lines)))


@pytest.mark.parametrize(
    ("sql", "message"),
    [(None, "is missing"), ("  \n", "is empty"), ("SELECT \x00", "NUL"), ("x" * 300_000, "larger")],
)
def test_an_unusable_sql_file_is_a_fault(write: Write, sql: str | None, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        load_template(write(sql=sql))


def test_one_wrong_file_does_not_hide_the_others(write: Write) -> None:
    good = write()
    write(
        RIGHT_YAML.replace("name: small", "name: broken").replace("title", "titel"), name="broken"
    )
    found = find_templates([good.parent.parent])
    assert list(found.templates) == ["small"]
    assert len(found.faults) == 1
    with pytest.raises(TemplateError, match="titel"):
        load_templates([good.parent.parent])


def test_a_name_that_is_taken_and_a_lonely_sql_file_are_faults(
    write: Write, tmp_path: Path
) -> None:
    good = write()
    (good.parent / "alone.sql").write_text("SELECT 1 AS x")
    other = tmp_path / "mine" / "things"
    other.mkdir(parents=True)
    (other / "small.yaml").write_text(RIGHT_YAML)
    (other / "small.sql").write_text(RIGHT_SQL)
    found = find_templates([good.parent.parent, tmp_path / "mine", tmp_path / "nowhere"])
    messages = [str(fault) for fault in found.faults]
    assert len(messages) == 3
    assert "no YAML file" in messages[0]
    assert "is taken by" in messages[1]
    assert "no such folder" in messages[2]


@pytest.mark.parametrize("content", ["- a list", "just text", "5"])
def test_a_file_without_fields_is_a_fault(write: Write, content: str) -> None:
    with pytest.raises(TemplateError, match="must hold named fields"):
        load_template(write(content))


def test_a_file_of_values_keeps_text_as_text(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text("brand: NO\nat: 12:30\nids: [00123, 456]\nday: 2026-09-01\nshare: 0.10\n")
    values = read_values(file)
    assert values["brand"] == "NO"
    assert values["at"] == "12:30"
    assert values["day"] == "2026-09-01"
    assert values["ids"] == ["00123", 456]
    assert str(values["share"]) == "0.10"


@pytest.mark.parametrize(
    ("text", "place"), [("a:\n\tb: 1\n", "2:1"), ("a: 1\na: 2\n", "2:1"), ("- 1\n", "1:1")]
)
def test_a_wrong_file_of_values_is_named_with_its_place(
    tmp_path: Path, text: str, place: str
) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(text)
    with pytest.raises(TemplateError) as caught:
        read_values(file)
    assert caught.value.file == f"{file}:{place}"
