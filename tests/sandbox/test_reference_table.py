"""The tables of modelled behaviours name tests, switches and faults that exist."""

import ast
import re
from pathlib import Path

import pytest

from amc.sandbox.runner.faults import DESCRIPTIONS
from amc.sandbox.runner.options import Options

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "reference").glob("local-amc*.md"))
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)")


def rows(page: Path) -> list[list[str]]:
    lines = [line for line in page.read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[0] != "behaviour"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_named_test_exists(page: Path) -> None:
    named = set(TEST.findall(page.read_text()))
    assert len(named) > 5
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text())
        there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in there, f"{path}::{name}"


def test_every_row_says_how_sure_we_are_and_names_a_test() -> None:
    found = rows(ROOT / "docs" / "reference" / "local-amc.md")
    assert len(found) > 50
    for row in found:
        assert len(row) == 4, row
        assert re.search("confirmed|uncertain|ours", row[1]), row
        assert TEST.search(row[3]), row


def test_every_named_switch_or_fault_exists() -> None:
    known = {*Options.model_fields, *DESCRIPTIONS, "/_local/faults"}
    for row in rows(ROOT / "docs" / "reference" / "local-amc.md"):
        assert set(re.findall(r"`([^`]+)`", row[2])) <= known, row
