"""What the checker says about a text: findings, and fixes as text edits.

Lines and columns count from 1, columns in characters; an end is exclusive (the column after the
last character), so that an empty range is a place between two characters.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "hint"]


@dataclass(frozen=True, slots=True)
class Fix:
    """One text edit: replace a range of the author's text."""

    title: str
    start_line: int
    start_column: int
    end_line: int
    end_column: int
    replacement: str

    def to_dict(self) -> dict[str, Any]:
        """The fix as data, for `--json` and the editor."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark: code, severity, a plain sentence, and the place in the author's text."""

    code: str
    severity: Severity
    message: str
    line: int
    column: int
    end_line: int
    end_column: int
    fix: Fix | None = None

    def to_dict(self) -> dict[str, Any]:
        """The finding as data, in the form of `sql check --json`."""
        return asdict(self)
