"""AMC SQL as a dialect of sqlglot, found there as `amc`.

A subclass of the default dialect: AMC's grammar is Calcite-like and its functions Spark-like, so
what AMC documents is added and what it does not document stays an unknown function in the tree,
for the checker to name. Text is never generated from this tree for Amazon (see `amc.sql.sent`);
the generator serves tests, explanations and the translation to DuckDB.
"""

import re
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from sqlglot import exp, tokens
from sqlglot.dialects.dialect import Dialect, NormalizationStrategy
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.generator import Generator
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import TokenType

from amc.sql.errors import SqlSyntaxError, SqlTooLargeError
from amc.sql.functions import FunctionSpec, functions
from amc.sql.guard import check_text, check_tokens
from amc.sql.lex import LineIndex, Token, error_at, lex
from amc.sql.nodes import NAME_KEY, AmcAggregate, AmcFunction, ContainedIn

# The parser needs about 20 Python frames a level of brackets; guard.MAX_DEPTH levels must fit.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 6000))

# Functions for which sqlglot's own node has the same name, arguments and meaning.
_STANDARD: dict[str, type[exp.Func]] = {
    "SUM": exp.Sum,
    "AVG": exp.Avg,
    "MIN": exp.Min,
    "MAX": exp.Max,
    "COUNT": exp.Count,
    "STDDEV": exp.Stddev,
    "STDDEV_SAMP": exp.StddevSamp,
    "STDDEV_POP": exp.StddevPop,
    "VARIANCE": exp.Variance,
    "VAR_SAMP": exp.Variance,
    "VAR_POP": exp.VariancePop,
    "COALESCE": exp.Coalesce,
    "IF": exp.If,
    "NULLIF": exp.Nullif,
    "CONCAT": exp.Concat,
    "LOWER": exp.Lower,
    "UPPER": exp.Upper,
    "ABS": exp.Abs,
    "ROW_NUMBER": exp.RowNumber,
    "RANK": exp.Rank,
    "DENSE_RANK": exp.DenseRank,
    # With brackets, as some write them.
    "CURRENT_DATE": exp.CurrentDate,
    "CURRENT_TIMESTAMP": exp.CurrentTimestamp,
}
# Functions with a syntax of their own inside the parentheses.
_SPECIAL = ("CAST", "TRY_CAST", "SAFE_CAST", "EXTRACT", "POSITION", "SUBSTRING", "TRIM")


def _amc_node(name: str, node_type: type[AmcFunction], args: list[exp.Expr]) -> AmcFunction:
    return node_type(this=name, expressions=args)


def _standard_node(spec: FunctionSpec, standard: type[exp.Func], args: list[exp.Expr]) -> exp.Expr:
    """Sqlglot's own node; ours when the number of arguments is wrong, for the checker to say."""
    if len(args) < spec.min_args or (spec.max_args is not None and len(args) > spec.max_args):
        node_type = AmcAggregate if spec.kind == "aggregate" else AmcFunction
        return _amc_node(spec.name, node_type, args)
    found: exp.Expr = standard.from_arg_list(args)
    return found


def _function_builders() -> dict[str, Callable[..., exp.Expr]]:
    builders: dict[str, Callable[..., exp.Expr]] = {}
    for name, spec in functions().items():
        if standard := _STANDARD.get(name):
            builders[name] = partial(_standard_node, spec, standard)
        elif name not in _SPECIAL:
            node_type = AmcAggregate if spec.kind == "aggregate" else AmcFunction
            builders[name] = partial(_amc_node, name, node_type)
    return builders


class _Tokenizer(tokens.Tokenizer):
    # Calcite's comments do not nest: the first */ ends them.
    NESTED_COMMENTS = False
    # /*+ is a comment like any other; a JSON arrow or a template brace is not AMC's.
    KEYWORDS: ClassVar[dict[str, TokenType]] = {
        **{k: v for k, v in tokens.Tokenizer.KEYWORDS.items() if k != "/*+"},
        "CONTAINED IN": TokenType.IN,
    }


class _Parser(Parser):
    FUNCTIONS: ClassVar[dict[str, Callable[..., Any]]] = _function_builders()
    FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        name: Parser.FUNCTION_PARSERS[name] for name in _SPECIAL
    }
    # IF is a function of three arguments here, nothing else.
    NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        "CASE": Parser.NO_PAREN_FUNCTION_PARSERS["CASE"],
    }
    RANGE_PARSERS: ClassVar[dict[TokenType, Callable[..., Any]]] = {
        **{k: v for k, v in Parser.RANGE_PARSERS.items() if k != TokenType.FOR},
        TokenType.IN: lambda self, this: self._parse_contained_or_in(this),
    }

    def _parse_types(
        self,
        check_func: bool = False,  # noqa: FBT001, FBT002 (sqlglot's own signature)
        *args: Any,
        **kwargs: Any,
    ) -> exp.Expr | None:
        """In an expression `DATE(…)` and `ARRAY[…]` are calls and lists, never types.

        sqlglot tries them as types first and reads what is inside twice, so that each level of
        nesting would double the time.
        """
        brackets = (TokenType.L_PAREN, TokenType.L_BRACKET)
        if check_func and self._next and self._next.token_type in brackets:
            return None
        return super()._parse_types(check_func, *args, **kwargs)

    def _parse_interval(self, *args: Any, **kwargs: Any) -> exp.Add | exp.Interval | None:
        """INTERVAL with its place: sqlglot splits `'14 days'` and forgets where it stood."""
        first = self._curr
        found = super()._parse_interval(*args, **kwargs)
        if isinstance(found, exp.Interval) and first is not None and self._prev is not None:
            start, end = first.start, self._prev.end
            column = first.col + end - first.end
            found.meta.update(line=first.line, col=column, start=start, end=end)
        return found

    def _parse_string_as_identifier(self) -> exp.Identifier | None:
        """A text in single quotes is never a name."""
        return None

    def _parse_contained_or_in(self, this: exp.Expr | None) -> exp.Expr:
        """`IN`, or `CONTAINED IN`, which the tokenizer gives as one token."""
        contained = self._prev.text.upper().startswith("CONTAINED")
        found = self._parse_in(this)
        if contained and isinstance(found, exp.In):
            return ContainedIn(**found.args)
        return found

    def _values_to_select(self, values: exp.Values) -> exp.Values:  # type: ignore[override]
        """VALUES stays what the author wrote, not `SELECT * FROM (VALUES …)`."""
        return values


def _call_sql(generator: Generator, node: AmcFunction) -> str:
    return str(generator.func(node.name, *node.expressions))


def _if_sql(generator: Generator, node: exp.If) -> str:
    parts = (node.this, node.args.get("true"), node.args.get("false"))
    return str(generator.func("IF", *parts))


def _position_sql(generator: Generator, node: exp.StrPosition) -> str:
    sub, text = generator.sql(node, "substr"), generator.sql(node, "this")
    return f"POSITION({sub} IN {text})"


def _substring_sql(generator: Generator, node: exp.Substring) -> str:
    text, start = generator.sql(node, "this"), generator.sql(node, "start")
    length = generator.sql(node, "length")
    return f"SUBSTRING({text} FROM {start}{f' FOR {length}' if length else ''})"


def _trim_sql(generator: Generator, node: exp.Trim) -> str:
    text, what = generator.sql(node, "this"), generator.sql(node, "expression")
    side = node.text("position").upper()
    if not (side or what):
        return f"TRIM({text})"
    return f"TRIM({' '.join(p for p in (side or 'BOTH', what, 'FROM', text) if p)})"


def _array_sql(generator: Generator, node: exp.Array) -> str:
    return f"ARRAY[{generator.expressions(node, flat=True)}]"


def _contained_sql(generator: Generator, node: ContainedIn) -> str:
    return str(generator.in_sql(node)).replace(" IN (", " CONTAINED IN (", 1)


class _Generator(Generator):
    TRANSFORMS: ClassVar[dict[type[exp.Expr], Callable[..., str]]] = {
        **Generator.TRANSFORMS,
        AmcFunction: _call_sql,
        AmcAggregate: _call_sql,
        exp.If: _if_sql,
        exp.StrPosition: _position_sql,
        exp.Substring: _substring_sql,
        exp.Trim: _trim_sql,
        exp.Array: _array_sql,
        ContainedIn: _contained_sql,
        exp.CurrentTimestamp: lambda *_: "CURRENT_TIMESTAMP",
    }


class AMC(Dialect):
    """The dialect. Names fold case; the function names of the author are kept in `meta`."""

    NORMALIZATION_STRATEGY = NormalizationStrategy.CASE_INSENSITIVE
    ORIGINAL_NAME_META_KEY = NAME_KEY
    INDEX_OFFSET = 1
    # No NULLS FIRST or LAST is added that the author did not write.
    NULL_ORDERING = "nulls_are_last"

    Tokenizer = _Tokenizer
    Parser = _Parser
    Generator = _Generator


def parse(sql: str) -> exp.Expr:
    """The tree of one AMC query (`Select`, a set operation, `Subquery` or `Values`).

    A trailing `;` is let pass. Nodes carry `meta` with `start` and `end` (inclusive offsets).

    Raises:
        SqlSyntaxError: not AMC SQL: with line, column and what was expected.
        SqlTooLargeError: over 256 KB (refused before anything is read), or nested too deeply.
    """
    check_text(sql)
    found = lex(sql)
    check_tokens(found)
    return parse_tokens(sql, found)


def parse_tokens(sql: str, lexed: list[Token]) -> exp.Expr:
    """`parse` for a text that was lexed and guarded already (`guard.check_tokens`)."""
    dialect = AMC()
    try:
        trees = dialect.parse(_plain(sql, lexed))
    except ParseError as exc:
        raise _explained(exc, sql, lexed) from exc
    except RecursionError:
        raise SqlTooLargeError("This is nested too deeply.") from None
    except (SqlglotError, ValueError) as exc:
        raise SqlSyntaxError(f"This cannot be read: {exc}") from exc
    tree = next((t for t in trees if t is not None), None)
    if not isinstance(tree, exp.Query | exp.Values):
        raise SqlSyntaxError("This is not a query.", expected="SELECT or WITH")
    _refuse_other_statements(tree, sql)
    return tree


_ODD_SPACE = re.compile(r"[^\S \t\r\n]|\ufeff")


def _plain(sql: str, lexed: list[Token]) -> str:
    """The text with blanks for comments and for odd white space; every place stays.

    sqlglot's tokenizer reads GROUP BY and SIMILAR TO as one keyword, which a comment between the
    two words would cut, and knows none of Unicode's blanks (texts pasted from a page hold them).
    """
    parts: list[str] = []
    position = 0
    for token in lexed:
        parts.append(_ODD_SPACE.sub(" ", sql[position : token.start]))
        parts.append(_NOT_NEWLINE.sub(" ", token.text) if token.is_comment else token.text)
        position = token.end
    return "".join(parts)


_NOT_NEWLINE = re.compile(r"[^\r\n]")


def _refuse_other_statements(tree: exp.Expr, sql: str) -> None:
    """A CTE or a bracket may hold a query only: sqlglot would let DDL and commands in."""
    for cte in tree.find_all(exp.CTE):
        if not isinstance(cte.this, exp.Query | exp.Values):
            name = cte.args["alias"].this
            line, column = LineIndex(sql).position(name.meta.get("start", 0))
            raise SqlSyntaxError(
                f"{cte.alias} must be AS ( a query ).",
                line=line,
                column=column,
                end_line=line,
                end_column=column + len(cte.alias),
                expected="SELECT",
            )
    if tree.find(exp.DDL, exp.DML, exp.Command) is not None and not _all_queries(tree):
        raise SqlSyntaxError("AMC runs queries only.", expected="SELECT or WITH")


def _all_queries(tree: exp.Expr) -> bool:
    found = tree.find_all(exp.DDL, exp.DML, exp.Command)
    return all(isinstance(node, exp.Query) for node in found)


_EXPECTING = re.compile(r"^Expect(?:ing|ed) (.+?)(?: but got .*)?$")


def _explained(exc: ParseError, sql: str, lexed: list[Token]) -> SqlSyntaxError:
    """The parser's error in plain words, at the token where it stopped."""
    first = exc.errors[0] if exc.errors else {}
    description = str(first.get("description") or exc).split("\n")[0]
    start = len(str(first.get("start_context") or ""))
    # The context is cut to some hundred characters: the end column tells the token exactly.
    token = _token_ending(lexed, first.get("line"), first.get("col")) or _token_at(lexed, start)
    code = [t for t in lexed if not t.is_comment]
    at_end = token is code[-1]
    wanted = _EXPECTING.match(description)
    expected = wanted.group(1) if wanted else ""
    if at_end and (description.startswith("Required keyword") or wanted):
        message = "The text ends too early; something is missing at its end."
    elif description.startswith("Required keyword"):
        message = f"Something is missing at {token.text!r}."
    else:
        message = f"Did not expect {token.text!r} here."
    return error_at(token, message, expected=expected)


def _token_ending(lexed: list[Token], line: Any, column: Any) -> Token | None:
    if not isinstance(line, int) or not isinstance(column, int):
        return None
    for token in lexed:
        if token.line == line and token.column <= column < token.column + len(token.text):
            return token
    return None


def _token_at(lexed: list[Token], offset: int) -> Token:
    return next((t for t in lexed if t.end > offset), lexed[-1])
