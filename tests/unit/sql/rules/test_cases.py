"""Wrong queries with the exact findings expected, and right ones, by rule: `cases/*.yaml`.

⟦ ⟧ in a wrong query mark where a finding stands, from its first to its last character. Errors and
warnings are exactly these; a hint is expected where it is marked, other hints may stand beside it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from amc.sql.catalog import Catalog, load_catalog
from amc.sql.checker import SYNTAX, check
from amc.sql.findings import Finding
from amc.sql.lex import LineIndex
from amc.sql.rules import ALL, Given
from tests.unit.sql.rules.edits import applied

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
OPEN, CLOSE = "⟦", "⟧"


@dataclass(frozen=True)
class Case:
    """One wrong query: marked SQL, and the findings in the order of the marks."""

    name: str
    rule: str
    marked: str
    finds: tuple[str, ...]
    fixed: tuple[str | None, ...]
    given: Given = field(default_factory=Given)


def spans(marked: str) -> tuple[str, list[tuple[int, int]]]:
    """The SQL without its marks, and where they stood (offsets, ends exclusive)."""
    plain, found, opened = "", [], []
    for sign in marked:
        if sign == OPEN:
            opened.append(len(found))
            found.append((len(plain), -1))
        elif sign == CLOSE:
            index = opened.pop()
            found[index] = (found[index][0], len(plain))
        else:
            plain += sign
    assert not opened, f"a mark is open: {marked}"
    return plain, found


def given(case: dict[str, Any]) -> Given:
    return Given(
        audience=case.get("audience"),
        parameters=case.get("parameters"),
        window_days=case.get("window_days"),
        absent=tuple(case.get("absent", ())),
    )


def wrong_cases() -> Iterator[Case]:
    for path in FILES:
        for rule, about in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            for number, case in enumerate(about["wrong"], 1):
                marks = case["sql"].count(OPEN)
                finds = case.get("finds") or [f"{about['severity']} {rule}"] * marks
                fixed = case.get("fixed")
                fixes = fixed if isinstance(fixed, list) else [fixed] * marks
                assert len(finds) == len(fixes) == marks, case
                name = f"{path.stem}-{rule}-{number}"
                yield Case(name, rule, case["sql"], tuple(finds), tuple(fixes), given(case))


def right_cases() -> Iterator[tuple[str, str, Given]]:
    for path in FILES:
        for rule, about in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            for case in about.get("right", ()):
                asked = case if isinstance(case, dict) else {"sql": case}
                yield rule, asked["sql"], given(asked)


WRONG = list(wrong_cases())
RIGHT = list(right_cases())


def found_in(sql: str, asked: Given) -> list[Finding]:
    whole = load_catalog().sources.items()
    catalog = Catalog({n: replace(s, available=n not in asked.absent) for n, s in whole})
    return check(sql, catalog, **asked.options())


def place(sql: str, start: int, end: int) -> tuple[int, int, int, int]:
    lines = LineIndex(sql)
    return (*lines.position(start), *lines.position(end))


def changed(before: str, after: str) -> str:
    """The lines of `after` that are not as they were before."""
    old, new = before.split("\n"), after.split("\n")
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return "\n".join(new)


def test_there_are_many_and_every_rule_has_some() -> None:
    assert len(WRONG) >= 200
    assert {rule.code for rule in ALL} | {SYNTAX} == {case.rule for case in WRONG}


@pytest.mark.parametrize("case", WRONG, ids=[c.name for c in WRONG])
def test_a_wrong_query_gives_exactly_the_findings_expected(case: Case) -> None:
    sql, marks = spans(case.marked)
    expected = []
    for (start, end), text, fixed in zip(marks, case.finds, case.fixed, strict=True):
        severity, code = text.split()
        expected.append((*place(sql, start, end), severity, code, fixed))
    asked = {line[5] for line in expected if line[4] == "hint"}
    found = [
        (
            *(f.line, f.column, f.end_line, f.end_column, f.severity, f.code),
            None if f.fix is None else changed(sql, applied(sql, f.fix)),
        )
        for f in found_in(sql, case.given)
        if f.severity != "hint" or f.code in asked
    ]
    assert found == expected


@pytest.mark.parametrize(("rule", "sql", "asked"), RIGHT, ids=[r[0] for r in RIGHT])
def test_a_right_query_gives_nothing_that_matters(rule: str, sql: str, asked: Given) -> None:
    found = found_in(sql, asked)
    assert [f for f in found if f.severity != "hint" or f.code == rule] == []
