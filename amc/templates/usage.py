"""Which parameters a template's SQL asks for, and how; held against what the YAML declares."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from amc.errors import TemplateError
from amc.sql.errors import SqlPlaceError
from amc.sql.lex import Kind, Token, lex
from amc.sql.placeholders import placeholder_name, placeholders
from amc.templates.model import TemplateFields


@dataclass(frozen=True, slots=True)
class Use:
    """One place where the SQL asks for a value."""

    name: str
    is_placeholder: bool
    line: int
    column: int


def check_uses(fields: TemplateFields, sql: str, sql_file: str) -> None:
    """The SQL asks for exactly what the YAML declares, each in the way it is bound.

    Raises:
        TemplateError: with line and column in the SQL file.
    """
    uses = _uses(sql, sql_file)
    for use in uses:
        where = f"{sql_file}:{use.line}:{use.column}"
        parameter = fields.parameter(use.name)
        if parameter is None:
            raise TemplateError(f"the YAML declares no parameter {use.name}", file=where)
        bound_here = parameter.binding in ("values", "name")
        if bound_here != use.is_placeholder or parameter.binding == "section":
            raise TemplateError(
                f"{use.name} has binding: {parameter.binding} in the YAML", file=where
            )
    used = {use.name for use in uses}
    for parameter in fields.parameters:
        if parameter.binding != "section" and parameter.name not in used:
            raise TemplateError(
                f"the parameter {parameter.name} is used nowhere", file=f"{sql_file}:1:1"
            )


def _uses(sql: str, sql_file: str) -> list[Use]:
    try:
        placeholders(sql)  # refuses those inside quotes
        tokens = [token for token in lex(sql) if not token.is_comment]
    except SqlPlaceError as exc:
        where = f"{sql_file}:{exc.line}:{exc.column}"
        raise TemplateError(exc.message, file=where) from None
    placed = [
        Use(placeholder_name(t), True, t.line, t.column)  # noqa: FBT003 - a field's value
        for t in tokens
        if t.kind is Kind.PLACEHOLDER
    ]
    return [*_custom(tokens), *placed]


def _custom(tokens: list[Token]) -> Iterator[Use]:
    """CUSTOM_PARAMETER ( 'name'."""
    for position, (call, opening) in enumerate(pairwise(tokens)):
        if call.upper != "CUSTOM_PARAMETER" or opening.text != "(":
            continue
        name = tokens[position + 2] if position + 2 < len(tokens) else opening
        if name.kind is Kind.STRING:
            yield Use(name.text[1:-1], False, name.line, name.column)  # noqa: FBT003
