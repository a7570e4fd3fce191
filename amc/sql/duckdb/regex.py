"""Java regular expressions on DuckDB, whose engine (RE2) knows fewer constructs.

What RE2 knows runs natively; lookaround, backreferences, atomic groups and possessive
quantifiers, and every pattern that is not a literal, run in Python (`re`), through functions
that `register_functions` gives to a connection.
"""

import functools
import re
from typing import Any

from sqlglot import exp

from amc.sql.duckdb.model import Typed, again, call, cast, literal_text, text, when

JAVA_REGEX = "java_regex"
_BEYOND_RE2 = re.compile(r"\(\?(?:[=!>]|<[=!])|(?<!\\)(?:\\\\)*\\[1-9k]|[*+?}]\+")
_NAMED_GROUP = re.compile(r"\(\?<(?=[A-Za-z])")
_JAVA_GROUP = re.compile(r"\\(.)|\$(\d)")


def _native(pattern: exp.Expr) -> exp.Expr | None:
    """The pattern for RE2, or None when it needs Python."""
    found = literal_text(pattern)
    if found is None or _BEYOND_RE2.search(found):
        return None
    return text(_NAMED_GROUP.sub("(?P<", found))


def _as_text(value: Typed) -> exp.Expr:
    return value.node if value.type.name == "STRING" else cast(value.node, "VARCHAR")


def similar_to(subject: Typed, pattern: Typed) -> exp.Expr:
    """SIMILAR TO: whether the pattern is found anywhere in the text."""
    native = _native(pattern.node)
    if native is None:
        return call(JAVA_REGEX, _as_text(subject), _as_text(pattern))
    return call("regexp_matches", _as_text(subject), native)


def replace(subject: Typed, pattern: Typed, replacement: Typed) -> exp.Expr:
    """REGEXP_REPLACE: every match; `$1` in the replacement is the first group."""
    native, new = _native(pattern.node), literal_text(replacement.node)
    if native is None or new is None:
        parts = (_as_text(subject), _as_text(pattern), _as_text(replacement))
        return call("java_regex_replace", *parts)
    return call("regexp_replace", _as_text(subject), native, text(_re2(new)), text("g"))


def substr(subject: Typed, pattern: Typed) -> exp.Expr:
    """REGEXP_SUBSTR: the first match, NULL when there is none."""
    native = _native(pattern.node)
    if native is None:
        return call("java_regex_substr", _as_text(subject), _as_text(pattern))
    whole = _as_text(subject)
    found = call("regexp_matches", whole, native)
    return when(found, call("regexp_extract", again(whole), again(native)))


def split(subject: Typed, pattern: Typed) -> exp.Expr:
    """REGEXP_SPLIT: the parts between matches."""
    native = _native(pattern.node)
    if native is None:
        return call("java_regex_split", _as_text(subject), _as_text(pattern))
    return call("regexp_split_to_array", _as_text(subject), native)


def _re2(replacement: str) -> str:
    """A Java replacement, whose groups are $1, for RE2, whose groups have a backslash."""
    parts, last = [], 0
    for found in _JAVA_GROUP.finditer(replacement):
        parts.append(replacement[last : found.start()].replace("\\", "\\\\"))
        escaped, group = found.groups()
        parts.append(f"\\{group}" if group else escaped.replace("\\", "\\\\"))
        last = found.end()
    return "".join([*parts, replacement[last:].replace("\\", "\\\\")])


@functools.lru_cache(maxsize=512)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_NAMED_GROUP.sub("(?P<", pattern))


def _search(subject: str, pattern: str) -> bool:
    return _compiled(pattern).search(subject) is not None


def _replace(subject: str, pattern: str, replacement: str) -> str:
    return _compiled(pattern).sub(_re2(replacement), subject)


def _substr(subject: str, pattern: str) -> str | None:
    found = _compiled(pattern).search(subject)
    return found.group() if found else None


def _split(subject: str, pattern: str) -> list[str]:
    return [part for part in _compiled(pattern).split(subject) if part is not None]


def register_functions(connection: Any) -> None:
    """Give a DuckDB connection the functions that translated queries may call."""
    words = ["VARCHAR", "VARCHAR"]
    connection.create_function(JAVA_REGEX, _search, words, "BOOLEAN")
    connection.create_function("java_regex_replace", _replace, [*words, "VARCHAR"], "VARCHAR")
    connection.create_function("java_regex_substr", _substr, words, "VARCHAR")
    connection.create_function("java_regex_split", _split, words, "VARCHAR[]")
