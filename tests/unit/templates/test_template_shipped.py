"""The templates that come with the product: complete, consistent, and right in the AMC dialect."""

from pathlib import Path

import pytest

from amc.charts.recipe import Recipe
from amc.sql.checker import check, declared_types
from amc.sql.dialect import parse
from amc.templates import Rendered, Template, load_templates
from amc.templates.reference import reference_page

ROOT = Path(__file__).parents[3]
TEMPLATES = load_templates([ROOT / "sql_templates"])

MISSION = {
    "path-to-conversion",
    "new-to-brand-customers",
    "cart-abandonment",
    "cross-channel-performance",
    "attribution-model-comparison",
    "audience-overlap",
    "campaign-reach-frequency",
}
AD_TYPES = ("all", "sponsored", "dsp")
DSP_TABLES = {"dsp_impressions", "dsp_clicks"}

every_template = pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)


def renderings(template: Template) -> list[Rendered]:
    """The different texts that examples and choices of enums give."""
    sets: list[dict[str, object]] = [dict(example) for example in template.examples]
    for parameter in template.parameters:
        sets += [{parameter.name: choice.value} for choice in parameter.choices]
    made = [template.render(values) for values in sets]
    return list({rendered.author_sql: rendered for rendered in made}.values())


def test_the_templates_of_the_mission_are_there() -> None:
    assert set(TEMPLATES) >= MISSION


@every_template
def test_it_parses_and_the_checker_finds_nothing_to_say(template: Template) -> None:
    for rendered in renderings(template):
        names = declared_types(rendered.declarations)
        found = check(rendered.author_sql, parameters=names)
        assert [f for f in found if f.severity != "hint"] == [], rendered.shown


@every_template
def test_the_output_contract_is_what_the_query_gives(template: Template) -> None:
    for rendered in renderings(template):
        names = parse(rendered.author_sql).named_selects
        assert names == [column.name for column in template.output], rendered.shown


@every_template
def test_it_needs_exactly_the_sources_that_its_text_reads(template: Template) -> None:
    for ad_types in AD_TYPES:
        rendered = template.render({"ad_types": ad_types})
        text = rendered.author_sql
        known = {source.name for source in template.needs.sources}
        read = {name for name in known if f"FROM {name}\n" in text or f"('{name}'" in text
                or f"JOIN {name} " in text}  # fmt: skip
        assert read == set(rendered.needs), ad_types
        assert bool(read & DSP_TABLES) == (ad_types != "sponsored")


@every_template
def test_on_an_instance_without_dsp_it_chooses_the_sections_that_fit(template: Template) -> None:
    there = {s.name for s in template.needs.sources} - DSP_TABLES
    rendered = template.render({}, sources=there)
    assert rendered.shown["ad_types"] == "sponsored"
    assert not set(rendered.needs) & DSP_TABLES
    assert template.render({"ad_types": "dsp"}, sources=there).shown["ad_types"] == "dsp"
    assert template.render({}, sources=there | DSP_TABLES).shown["ad_types"] == "all"
    assert template.render({}, sources=set()).shown["ad_types"] == "all"


@every_template
def test_no_value_ever_stands_in_the_text(template: Template) -> None:
    lists = [p for p in template.parameters if p.type in ("campaign_list", "asin_list")]
    values = {p.name: ["B0HOSTILE1"] for p in lists}
    rendered = template.render(values)
    assert lists
    assert "B0HOSTILE1" not in rendered.author_sql
    assert rendered.author_sql == template.render({}).author_sql
    for parameter in lists:
        assert rendered.parameter_values[parameter.name] == ["B0HOSTILE1"]
    assert {d["name"] for d in rendered.declarations} == set(rendered.parameter_values)


@every_template
def test_the_text_says_nothing_that_amc_does_not_take(template: Template) -> None:
    upper = template.sql.upper()
    for word in ("LIMIT ", "ORDER BY 1", "SELECT *", "||", "INTERVAL", "RIGHT JOIN", ";\n"):
        assert word not in upper
    assert "user_id IS NOT NULL" in template.sql or "COUNT(DISTINCT" in template.sql


@every_template
def test_it_is_complete_for_a_reader(template: Template) -> None:
    assert template.question.endswith("?")
    assert template.charts
    assert template.charts[-1]["kind"] == "table"
    for chart in template.charts:
        recipe = Recipe.read(chart)
        assert set(recipe.names) <= {column.name for column in template.output}
        assert set(recipe.labels) == {column.name for column in template.output}
    assert template.examples[0] == {}
    assert len(template.reading) > 300
    for column in template.output:
        assert column.unit or column.role == "dimension", column.name
        if column.name.endswith("_id"):
            assert column.type == "text"


def test_the_reference_page_is_the_one_made_from_the_templates() -> None:
    page = (ROOT / "docs" / "reference" / "templates.md").read_text(encoding="utf-8")
    assert page == reference_page(TEMPLATES)
