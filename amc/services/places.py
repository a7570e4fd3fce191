"""Where Amazon's words about a sent text point in what the author wrote."""

from collections.abc import Mapping
from typing import Any

from amc.errors import AmcError
from amc.sql.binding import bound
from amc.sql.placeholders import Probe
from amc.sql.sent import sent_text, told_in_author_terms


def with_place(
    cause: dict[str, Any],
    reason: str,
    *,
    author_sql: str,
    sent_sql: str,
    written_sql: str,
    values: Mapping[str, Any],
) -> dict[str, Any]:
    """The cause with `told` and `place` when Amazon's words name a place of the text.

    Args:
        cause: an entry of the error catalogue.
        reason: Amazon's words, verbatim.
        author_sql: the author's text with bound values.
        sent_sql: what was made of it.
        written_sql: the author's text with its placeholders; empty when it has none.
        values: the values of the placeholders.
    """
    sent = sent_text(author_sql)
    if sent.text != sent_sql:
        return cause  # made by another version of this program: its places are not known
    told = told_in_author_terms(reason, sent, _written(author_sql, written_sql, values))
    if told.place is None:
        return cause
    return cause | {"told": told.text, "place": told.place}


def _written(author_sql: str, written_sql: str, values: Mapping[str, Any]) -> Probe | None:
    if not written_sql:
        return None
    try:
        found = bound(written_sql, values)
    except AmcError:
        return None
    return found if found.text == author_sql else None
