"""Every rule's own examples, and the page made from them."""

from dataclasses import replace
from pathlib import Path

import pytest

from amc.sql.analysis import analyse
from amc.sql.catalog import Catalog, load_catalog
from amc.sql.checker import check
from amc.sql.dialect import parse
from amc.sql.rules import ALL, Rule
from amc.sql.rules.page import rules_page
from tests.unit.sql.rules.edits import applied

ROOT = Path(__file__).parents[4]
CORPUS = sorted((ROOT / "tests" / "fixtures" / "sql").glob("[ca]*/*.sql"))
# These hold what the checker rightly remarks: they are there for the dialect.
REMARKED = {
    "boolean_logic": {"undocumented-operator"},
    "extended_window_bare_form": {"extend-without-table"},
    "number_functions": {"money-unit", "undocumented-operator"},
    "sloppy_everything": {"trailing-semicolon"},
}

every_rule = pytest.mark.parametrize("rule", ALL, ids=[r.code for r in ALL])


def catalog_of(rule: Rule) -> Catalog:
    whole = load_catalog()
    absent = rule.given.absent
    return Catalog({n: replace(s, available=n not in absent) for n, s in whole.sources.items()})


def test_there_are_many_rules_each_with_a_code_of_its_own() -> None:
    assert len(ALL) >= 100
    assert len({rule.code for rule in ALL}) == len(ALL)


@every_rule
def test_its_wrong_example_is_found_and_nothing_else_that_matters(rule: Rule) -> None:
    found = check(rule.wrong, catalog_of(rule), **rule.given.options())
    assert rule.code in [f.code for f in found]
    assert {f.code for f in found if f.severity != "hint"} <= {rule.code}
    assert all(f.severity == rule.severity for f in found if f.code == rule.code)


@every_rule
def test_its_right_example_is_clean(rule: Rule) -> None:
    found = check(rule.right, catalog_of(rule), **rule.given.options())
    assert [f for f in found if f.severity != "hint" or f.code == rule.code] == []


@every_rule
def test_its_fix_removes_the_finding_and_still_parses(rule: Rule) -> None:
    def own(sql: str) -> list[object]:
        found = check(sql, catalog_of(rule), **rule.given.options())
        return [f for f in found if f.code == rule.code]

    before = check(rule.wrong, catalog_of(rule), **rule.given.options())
    for finding in before:
        if finding.code == rule.code and finding.fix is not None:
            after = applied(rule.wrong, finding.fix)
            parse(after)
            assert len(own(after)) < len(own(rule.wrong)), after


@every_rule
def test_it_can_be_left_out_and_given_another_severity(rule: Rule) -> None:
    options = rule.given.options()
    off = check(rule.wrong, catalog_of(rule), severities={rule.code: "off"}, **options)
    assert rule.code not in {f.code for f in off}
    other = check(rule.wrong, catalog_of(rule), severities={rule.code: "hint"}, **options)
    assert {f.severity for f in other if f.code == rule.code} == {"hint"}


@pytest.mark.parametrize("path", CORPUS, ids=[p.stem for p in CORPUS])
def test_the_corpus_is_clean(path: Path) -> None:
    found = {f.code for f in check(path.read_text()) if f.severity != "hint"}
    assert found == REMARKED.get(path.stem, set())


@pytest.mark.parametrize("path", CORPUS, ids=[p.stem for p in CORPUS])
def test_the_walk_meets_every_node_once(path: Path) -> None:
    tree = parse(path.read_text())
    analysis = analyse(tree, load_catalog())
    met = [id(n) for nodes in analysis.nodes.values() for n in nodes]
    assert len(met) == len(set(met))
    assert {id(n) for n in tree.walk()} <= set(met)


def test_the_page_about_the_rules_is_up_to_date() -> None:
    page = ROOT / "docs" / "reference" / "sql-rules.md"
    assert page.read_text(encoding="utf-8") == rules_page(), "run: python -m amc.sql.rules"


@pytest.mark.parametrize(
    "sql",
    [
        "",
        ";",
        "\x00\x01",
        "SELECT " + "(" * 10_000 + "1" + ")" * 10_000,
        "DROP TABLE dsp_impressions",
        "SELECT 1; SELECT 2",
        "SELECT 'a",
        "SELECT " + "x" * 300_000,
        "SELECT " + " + ".join(["impressions"] * 4000) + " AS n FROM dsp_impressions",
        "SELECT campaign FROM dsp_impressions WHERE "
        + " OR ".join(["campaign = 'a'"] * 3000)
        + " GROUP BY 1",
        " UNION ALL ".join(["SELECT campaign FROM dsp_impressions GROUP BY 1"] * 300),
    ],
    ids=range(11),
)
def test_hostile_text_gives_findings_or_nothing_never_an_exception(sql: str) -> None:
    for finding in check(sql):
        assert finding.message
        assert finding.line >= 1
        assert finding.column >= 1
