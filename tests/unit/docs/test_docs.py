"""What the documents tell people to type is understood, and what they link to is there."""

import re
import shlex
from pathlib import Path

import pytest

from amc.cli.main import build_parser
from amc.sandbox.__main__ import _parser as sandbox_parser
from amc.sandbox.environment import read_environment
from amc.settings import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
_COMMAND = re.compile(r"^ {4}(?:\.venv/bin/)?python -m (amc\S*) ?(.*)$", re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)")


def commands() -> list[tuple[str, str]]:
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8").replace("\\\n", " ")
        found += [
            (module, rest.partition(" #")[0].strip(" &")) for module, rest in _COMMAND.findall(text)
        ]
    return list(dict.fromkeys(found))


def test_there_are_commands_to_hold() -> None:
    assert len(commands()) > 30


@pytest.mark.parametrize(("module", "rest"), commands())
def test_every_command_of_the_documents_is_understood(module: str, rest: str) -> None:
    words = shlex.split(rest)
    if module == "amc" and words != ["--help"]:
        build_parser().parse_args(words)
    elif module == "amc.sandbox":
        sandbox_parser(read_environment()).parse_args(words)
    else:
        assert module in ("amc", "amc.scheduler")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    targets = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [t for t in targets if not (page.parent / t).exists()] == []
