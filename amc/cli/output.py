"""What the command line prints: one JSON document, or a plain table."""

import json
import sys
from collections.abc import Sequence
from typing import Any

from amc.errors import AmcError, SqlCheckError
from amc.log import mask
from amc.services.views import as_json


class Output:
    """Where a command's answer goes; with `--json`, stdout holds one document and nothing else."""

    def __init__(self, *, as_json: bool) -> None:
        """Choose the form."""
        self.json = as_json

    def answer(self, document: dict[str, Any], text: str) -> None:
        """The answer of a command in both forms."""
        if self.json:
            json.dump(as_json(document), sys.stdout, ensure_ascii=False, indent=2)
            sys.stdout.write("\n")
        elif text:
            sys.stdout.write(text if text.endswith("\n") else text + "\n")

    def say(self, text: str) -> None:
        """A remark on the way; never on stdout."""
        sys.stderr.write(mask(text) + "\n")

    def error(self, exc: AmcError) -> None:
        """An error, in one clear sentence or two."""
        if self.json:
            document = exc.to_dict()
            if isinstance(exc, SqlCheckError):
                document["findings"] = [f.to_dict() for f in exc.findings]
            self.answer(document, "")
        self.say(str(exc))
        if isinstance(exc, SqlCheckError):
            for finding in exc.findings:
                self.say(
                    f"  line {finding.line}, column {finding.column}: "
                    f"{finding.severity} {finding.code}: {finding.message}"
                )


def table(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A plain table; numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [
        max(len(header), *(len(row[i]) for row in cells)) if cells else len(header)
        for i, header in enumerate(headers)
    ]
    right = [
        bool(rows) and all(isinstance(row[i], int | float) or row[i] is None for row in rows)
        for i in range(len(headers))
    ]
    lines = ["  ".join(h.ljust(w) for h, w in zip(headers, widths, strict=True)).rstrip()]
    lines.append("  ".join("-" * w for w in widths))
    lines += [
        "  ".join(
            cell.rjust(w) if is_right else cell.ljust(w)
            for cell, w, is_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    ]
    return "\n".join(lines) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    text = str(as_json(value))
    # A name must not steer the terminal.
    return "".join(c if c.isprintable() else "?" for c in text)
