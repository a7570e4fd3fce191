"""What is refused on the tokens alone, before a text is parsed.

sqlglot's parser is lenient (`SELECT a,, b`, `a > > b`) and recursive; here stand the checks that
make it strict and safe, each with the place and what was expected.
"""

import re
from collections.abc import Sequence

from amc.sql.errors import SqlSyntaxError, SqlTooLargeError
from amc.sql.grammar import check_grammar
from amc.sql.lex import Kind, Token, error_at
from amc.sql.pairs import check_pairs

MAX_BYTES = 256 * 1024
"""The longest text that is looked at, in UTF-8 bytes of the author's own text."""
MAX_DEPTH = 64
"""How deep brackets and CASE may be nested."""

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_OPEN, _CLOSE = {"(": ")", "[": "]"}, {")": "(", "]": "["}
_AFTER_COMMA = {")", "]", ",", ";", "SELECT", "FROM", "WHERE", "HAVING", "UNION", "GROUP"}
_TYPOGRAPHIC = {
    "\u2018\u2019\u201a\u201b\u2032\u00b4\uff07": "'",
    "\u201c\u201d\u201e\u2033\u00ab\u00bb\uff02": '"',
    "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d": "-",
    "\u00d7\u2217": "*",
    "\u00f7\u2044\u2215": "/",
    "\u2264": "<=",
    "\u2265": ">=",
    "\u2260": "<>",
    "\uff08": "(",
    "\uff09": ")",
    "\uff0c\u3001": ",",
    "\uff1b": ";",
}
"""What is meant by a sign that a page or a document puts in place of SQL's."""
_PLACEHOLDER_SIGNS = {"{", "}", "{{", "}}", "{%", "%}", "$", "?", ":", "@"}
# After one of these something must come.
_OPEN_ENDED = {
    *("SELECT", "FROM", "WHERE", "BY", "HAVING", "AND", "OR", "ON", "JOIN", "UNION", "ALL", "AS"),
    *("IN", "LIKE", "NOT", "WHEN", "THEN", "ELSE", "CASE", "ORDER", "GROUP", "PARTITION", "OVER"),
    *("USING", "WITH", "LEFT", "INNER", "FULL", "CROSS", "BETWEEN", "SIMILAR", "CONTAINED"),
}
_AFTER_BY = {")", ";", ",", "FROM", "WHERE", "HAVING", "UNION", "GROUP", "ORDER", "WINDOW"}
# After one of these comes a condition; never one of those.
_BEFORE_CONDITION = {"WHERE", "HAVING", "AND", "OR", "ON"}
_NO_CONDITION = [[w] for w in (")", ";", ",", "FROM", "WHERE", "HAVING", "UNION", "AND", "OR")]
_STARTS = {"SELECT", "WITH", "(", "VALUES"}
_NOT_QUERIES = {
    *("INSERT", "UPDATE", "DELETE", "MERGE", "CREATE", "DROP", "ALTER", "TRUNCATE", "GRANT"),
    *("REVOKE", "SET", "USE", "SHOW", "DESCRIBE", "EXPLAIN", "COPY", "ATTACH", "PRAGMA", "CALL"),
    *("REPLACE", "BEGIN", "COMMIT", "ROLLBACK", "DECLARE", "EXEC", "EXECUTE", "CACHE", "KILL"),
}


def check_text(sql: str) -> None:
    """Refuse what is no text of a sensible size.

    Raises:
        SqlTooLargeError: more than 256 KB.
        SqlSyntaxError: empty, or binary.
    """
    # Characters first: nothing is encoded that is too long anyway.
    if len(sql) > MAX_BYTES or len(sql.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise SqlTooLargeError(
            f"The text is longer than {MAX_BYTES // 1024} KB.",
            hint="Put long lists into parameters or split the query.",
        )
    if found := _CONTROL.search(sql):
        raise SqlSyntaxError(
            f"This is not a text: it holds the character U+{ord(found.group()):04X}.",
            line=sql.count("\n", 0, found.start()) + 1,
            column=found.start() - sql.rfind("\n", 0, found.start()),
            end_line=sql.count("\n", 0, found.start()) + 1,
            end_column=found.end() - sql.rfind("\n", 0, found.start()),
            hint="Save the file as UTF-8 text.",
        )
    if not sql.strip():
        raise SqlSyntaxError("There is no SQL here.", expected="SELECT or WITH")


def check_tokens(tokens: Sequence[Token]) -> None:
    """Refuse what cannot be one query of AMC SQL.

    Raises:
        SqlSyntaxError: with the place and what was expected.
        SqlTooLargeError: nested too deeply.
    """
    code = [t for t in tokens if not t.is_comment]
    if not code:
        raise SqlSyntaxError("There is no SQL here, only comments.", expected="SELECT or WITH")
    _check_signs(code)
    _check_start(code)
    _check_single(code)
    _check_braces(code)
    _check_brackets(code)
    _check_neighbours(code)
    _check_foreign(code)
    check_grammar(code)
    check_pairs(code)


def _check_signs(code: Sequence[Token]) -> None:
    """Signs that come with text copied from a page or a document; most cannot be seen."""
    for token in code:
        if token.kind is not Kind.SYMBOL or token.text.isascii():
            continue
        meant = next((plain for odd, plain in _TYPOGRAPHIC.items() if token.text in odd), "")
        shown = token.text if token.text.isprintable() else f"invisible (U+{ord(token.text):04X})"
        raise error_at(
            token,
            f"The sign {shown} is none of SQL's."
            if meant or token.text.isprintable()
            else f"Here stands an {shown} character.",
            expected=meant,
            hint=f"Write {meant} instead." if meant else "Remove it.",
        )


def _check_start(code: Sequence[Token]) -> None:
    first = code[0]
    if all(token.text == ";" for token in code):
        raise error_at(first, "There is no SQL here.", expected="SELECT or WITH")
    if first.kind is Kind.PLACEHOLDER or first.upper in _STARTS:
        return
    if first.upper in _NOT_QUERIES:
        raise error_at(
            first,
            f"AMC runs queries only; {first.upper} is not one.",
            expected="SELECT or WITH",
            hint="Write one query that begins with SELECT or WITH.",
        )
    raise error_at(
        first,
        f"A query begins with SELECT or WITH, not with {_shown(first)}.",
        expected="SELECT or WITH",
    )


def _check_single(code: Sequence[Token]) -> None:
    for index, token in enumerate(code):
        if token.text != ";" or token.kind is not Kind.SYMBOL:
            continue
        rest = [t for t in code[index + 1 :] if t.text != ";"]
        if rest:
            raise error_at(
                rest[0],
                "There is a second statement here; AMC runs one query at a time.",
                expected="the end of the text",
                hint="Remove the ; or run the queries one after the other.",
            )


def _check_braces(code: Sequence[Token]) -> None:
    for token in code:
        if token.kind is Kind.PLACEHOLDER:
            raise error_at(
                token,
                f"{_shown(token)} is a placeholder without a value.",
                hint="Fill it in, or use CUSTOM_PARAMETER('name').",
            )
        if token.kind is Kind.SYMBOL and token.text in _PLACEHOLDER_SIGNS:
            message, hint = _BRACES.get(token.text, _NO_PLACEHOLDER)
            raise error_at(token, message.format(token.text), hint=hint)


_BRACES = {
    "{{": (
        "This is no placeholder: {{{{ name }}}} holds one name of letters, digits and _.",
        "Write {{ name }}, or use CUSTOM_PARAMETER('name').",
    ),
    "{%": (
        "There are no template statements; only {{{{ name }}}} is filled in.",
        "For an optional filter: (CUSTOM_PARAMETER('x') IS NULL OR a = CUSTOM_PARAMETER('x')).",
    ),
}
_NO_PLACEHOLDER = (
    "{} marks no placeholder here.",
    "Write {{ name }}, or use CUSTOM_PARAMETER('name').",
)


def _check_brackets(code: Sequence[Token]) -> None:
    open_tokens: list[Token] = []
    cases = 0
    for token in code:
        if token.kind is Kind.WORD:
            cases += (token.upper == "CASE") - (token.upper == "END" and cases > 0)
        elif token.kind is not Kind.SYMBOL:
            continue
        elif token.text in _OPEN:
            open_tokens.append(token)
        elif token.text in _CLOSE:
            if not open_tokens or open_tokens[-1].text != _CLOSE[token.text]:
                raise error_at(
                    token,
                    f"This {token.text} closes nothing.",
                    hint="Remove it, or open it before.",
                )
            open_tokens.pop()
        if len(open_tokens) + cases > MAX_DEPTH:
            raise SqlTooLargeError(
                f"This is nested more than {MAX_DEPTH} levels deep.",
                line=token.line,
                column=token.column,
                end_line=token.line,
                end_column=token.column + len(token.text),
                hint="Split it into several WITH parts.",
            )
    if open_tokens:
        last = open_tokens[-1]
        raise error_at(last, f"This {last.text} is never closed.", expected=_OPEN[last.text])


def _check_neighbours(code: Sequence[Token]) -> None:
    written = [t for t in code if t.text != ";"]
    if written[-1].kind is Kind.WORD and written[-1].upper in _OPEN_ENDED:
        raise error_at(
            written[-1], f"The text ends too early; something is missing after {written[-1].text}."
        )
    for index, (token, after) in enumerate(zip(code, [*code[1:], None], strict=True)):
        if token.upper in _BEFORE_CONDITION and _ends_condition(code, index + 1):
            raise error_at(
                code[index + 1],
                f"Something is missing after {token.text}.",
                expected="a condition",
            )
        if token.kind is Kind.SYMBOL and token.text == ",":
            if after is None or (after.kind in (Kind.SYMBOL, Kind.WORD) and _ends(after)):
                raise error_at(
                    token,
                    "There is a comma too many, or something is missing after it.",
                    expected="an expression",
                )
        elif token.upper == "BY" and after is not None and after.upper in _AFTER_BY:
            raise error_at(after, "Something is missing after BY.", expected="a column")
        elif token.text in ("<", ">") and after is not None and after.text in ("<", ">"):
            raise error_at(after, f"{token.text} {after.text} is no operator.", expected="a value")
        elif (
            after is not None
            and after.text == ","
            and (token.text == "(" or (token.kind is Kind.WORD and token.upper == "SELECT"))
        ):
            raise error_at(after, "Something is missing before this comma.", expected="a value")


def _check_foreign(code: Sequence[Token]) -> None:
    """What other systems have and a parser stumbles over, told by its name."""
    for token, after, more in zip(code, code[1:], [*code[2:], None], strict=False):
        if token.upper == "SELECT" and after.upper == "TOP" and more and more.kind is Kind.NUMBER:
            raise error_at(
                after, "AMC has no TOP: rank the rows in a CTE and keep those with a low rank."
            )
        if token.upper == "MINUS" and after.upper in ("SELECT", "("):
            raise error_at(token, "AMC has no MINUS: use NOT IN (SELECT ...) or a join.")


def _ends_condition(code: Sequence[Token], index: int) -> bool:
    """Whether no condition can stand here: the next clause begins, or a bracket closes."""
    words = [t.upper for t in code[index : index + 2]]
    return words in (["GROUP", "BY"], ["ORDER", "BY"]) or words[:1] in _NO_CONDITION


def _ends(token: Token) -> bool:
    return token.upper in _AFTER_COMMA


def _shown(token: Token) -> str:
    text = token.text if len(token.text) <= 40 else token.text[:37] + "..."
    return text if text.strip() else f"U+{ord(text[0]):04X}"
