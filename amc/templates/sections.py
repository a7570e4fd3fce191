"""Parts of a template's SQL that stand only for some choices.

    --: when ad_types is all or dsp
    SELECT … FROM dsp_impressions
    --: end

The marks are comments, so the file as it stands is AMC SQL. Sections do not nest. What stays is
the author's text, line by line; marks and what is left out are gone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# Not `splitlines`: only a line feed ends a comment in SQL.
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_MARK = re.compile(r"\s*--:(.*)")
_WHEN = re.compile(r"when ([a-z][a-z0-9_]*) is ([a-z0-9_-]+(?: or [a-z0-9_-]+)*)")


@dataclass(frozen=True, slots=True)
class Section:
    """A part that stands when a parameter has one of some choices."""

    parameter: str
    choices: tuple[str, ...]
    line: int


class SectionError(Exception):
    """A mark that cannot be; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        """Say what and where."""
        self.message, self.line = message, line
        super().__init__(message)


def read_sections(sql: str) -> list[tuple[Section | None, str]]:
    """The text in its parts, each with the section it stands in (None: always there).

    Raises:
        SectionError: a mark is not understood, not closed, or stands inside another section.
    """
    parts: list[tuple[Section | None, str]] = []
    lines: list[str] = []
    current: Section | None = None
    for number, line in enumerate(_LINES.findall(sql), start=1):
        mark = _MARK.fullmatch(line.rstrip("\r\n"))
        if mark is None:
            lines.append(line)
            continue
        parts.append((current, "".join(lines)))
        lines = []
        current = _next(mark[1].strip(), current, number)
    if current is not None:
        raise SectionError("the section is not closed with --: end", current.line)
    parts.append((None, "".join(lines)))
    return [part for part in parts if part[1] or part[0] is not None]


def _next(words: str, current: Section | None, number: int) -> Section | None:
    if words == "end":
        if current is None:
            raise SectionError("--: end closes nothing", number)
        return None
    match = _WHEN.fullmatch(words)
    if match is None:
        raise SectionError("a mark is `--: when NAME is CHOICE or CHOICE` or `--: end`", number)
    if current is not None:
        raise SectionError("a section may not stand inside another", number)
    return Section(match[1], tuple(match[2].split(" or ")), number)


def choose(sql: str, values: Mapping[str, object]) -> str:
    """The text with the sections that the values keep.

    Raises:
        SectionError: see `read_sections`.
    """
    return "".join(
        text
        for section, text in read_sections(sql)
        if section is None or values.get(section.parameter) in section.choices
    )
