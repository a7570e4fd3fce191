"""How much a check reads and says: what is longer than any query is refused, not read for a minute.

A text with thousands of faults is mended from the top. What is left out is told by one more
finding, as severe as the worst that was left out, so that nothing passes because a check ended
early.
"""

from collections.abc import Iterable, Sequence

from amc.sql.errors import SqlTooLargeError
from amc.sql.findings import Finding, Severity
from amc.sql.lex import Token

LIMIT = 200
"""The most findings of a check, and of one rule."""
MAX_TOKENS = 25_000
"""The most words and signs that are checked, comments aside: room for a list of 10,000 ids."""
UNFINISHED = "unfinished"
"""The code of the finding that stands for those that are left out; it cannot be switched off."""

_ORDER: tuple[Severity, ...] = ("error", "warning", "hint")


def check_length(tokens: Sequence[Token]) -> None:
    """Refuse a text that takes too long to check.

    Raises:
        SqlTooLargeError: it has more words and signs than `MAX_TOKENS`.
    """
    count = sum(not token.is_comment for token in tokens)
    if count > MAX_TOKENS:
        raise SqlTooLargeError(
            f"The query has {count:,} words and signs; at most {MAX_TOKENS:,} are checked.",
            hint="Put long lists into parameters or split the query.",
        )


def bounded(found: Iterable[Finding], cut: Sequence[Severity] = ()) -> list[Finding]:
    """The first findings in the order of the text, and what is left out as one more.

    Args:
        found: every finding that was made.
        cut: the severities of the rules that had more to say and were not asked.
    """
    ordered = sorted(found, key=lambda f: (f.line, f.column, f.code))
    kept, left = ordered[:LIMIT], ordered[LIMIT:]
    severities = {f.severity for f in left} | set(cut)
    if not severities:
        return kept
    worst = min(severities, key=_ORDER.index)
    more = f"{'at least ' if cut else ''}{len(left) + len(cut)}"
    last = kept[-1]
    message = f"There are {more} more findings. Mend those above first, then check again."
    return [
        *kept,
        Finding(UNFINISHED, worst, message, last.line, last.column, last.end_line, last.end_column),
    ]
