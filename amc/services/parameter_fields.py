"""The parameters of SQL by hand as fields of a form: what each takes, and what was typed.

Text is taken letter by letter; what cannot be a value of the type is refused here, at its field.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amc.errors import ParameterError
from amc.sql import parameters
from amc.sql.binding import literal
from amc.sql.lex import Token
from amc.sql.parameter_values import Parameter, settled
from amc.sql.placeholders import placeholder_name, replaced
from amc.sql.stand_in import placeholder_uses, stand_in

MAX_VALUES = 100_000
_TYPED = ("number", "text or number")
_WORDS = {
    "LONG": "whole number",
    "INTEGER": "whole number",
    "DOUBLE": "number",
    "FLOAT": "number",
    "BOOLEAN": "true or false",
    "DATE": "date",
    "TIMESTAMP": "date and time (UTC)",
    "STRING": "text",
    "BINARY": "text",
}


@dataclass(frozen=True, slots=True)
class ParameterField:
    """One parameter of a query by hand.

    Attributes:
        name: case-sensitive.
        data_type: AMC's name of its type (or of its elements).
        is_list: whether it takes several values.
        certain: whether its use settles the type; what is typed decides otherwise.
        bound: whether it is `{{ name }}`, written into the text; otherwise it is sent beside it.
        is_name: whether it stands where a name belongs, which no value can fill.
        uses: what it is used for, each with its line.
    """

    name: str
    data_type: str
    is_list: bool
    certain: bool
    bound: bool
    is_name: bool = False
    uses: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """What it takes, in words."""
        one = _WORDS.get(self.data_type, "text")
        open_end = "" if self.certain else "; its use leaves the type open"
        return (f"list of {one}s" if self.is_list else one).replace("texts", "text") + open_end

    @property
    def _parameter(self) -> Parameter:
        return Parameter(self.name, self.data_type, self.is_list, self.certain, self.uses)


def fields_of(sql: str) -> list[ParameterField]:
    """Every parameter and placeholder of a query, in the order of the text.

    Raises:
        SqlPlaceError: it cannot be read.
    """
    bound = {name: (kind, use) for name, kind, use in placeholder_uses(sql)}
    lists: set[str] = set()

    def write(tokens: Sequence[Token], index: int) -> str:
        name = placeholder_name(tokens[index])
        typed = bound[name][0] in _TYPED
        if _takes_many(tokens, index):
            lists.add(name)
        return f"CUSTOM_PARAMETER('{name}')" if typed else tokens[index].text

    # As a parameter of AMC's own in the same place, a placeholder's type is inferred alike.
    found = {p.name: p for p in parameters.find(stand_in(replaced(sql, write).text).text)}
    fields = [
        _bound(name, kind, use, found.pop(name, None), many=name in lists)
        for name, (kind, use) in bound.items()
    ]
    return [*(_sent(p) for p in found.values()), *fields]


def _takes_many(tokens: Sequence[Token], index: int) -> bool:
    """Whether a placeholder stands in a list: `IN (…)`, `CONTAINED_IN(x, …)`, `ARRAY[…]`."""
    depth = 0
    for position in range(index - 1, 0, -1):
        text = tokens[position].text
        depth += (text in (")", "]")) - (text in ("(", "["))
        if depth < 0:
            before = tokens[position - 1].upper
            return before == "ARRAY" if text == "[" else before in ("IN", "CONTAINED_IN")
    return False


def _sent(parameter: Parameter) -> ParameterField:
    return ParameterField(
        parameter.name, parameter.data_type, parameter.is_array, parameter.certain,
        bound=False, uses=parameter.uses,
    )  # fmt: skip


def _bound(
    name: str, kind: str, use: str, typed: Parameter | None, *, many: bool
) -> ParameterField:
    if typed is not None:
        return ParameterField(
            name, typed.data_type, typed.is_array or many, typed.certain, bound=True,
            uses=typed.uses,
        )  # fmt: skip
    return ParameterField(
        name, "STRING", kind == "rows", certain=False, bound=True, is_name=kind == "name",
        uses=(use,),
    )  # fmt: skip


def field_value(field: ParameterField, raw: Any) -> Any:
    """What was typed, as a value of the field; None for nothing.

    Args:
        field: from `fields_of`.
        raw: text (a list: JSON, one a line, or one line with commas), or a typed value.

    Raises:
        ParameterError: it cannot be a value of this field; says why.
    """
    if field.is_name:
        raise ParameterError(
            f"{field.name} stands where a name belongs; only values can be filled in.",
            name=field.name,
            hint="Write the name into the query.",
        )
    if raw is None or raw == "":
        return None
    given = _items(field, raw) if field.is_list else raw
    if given == []:
        return None
    if field.bound and any(isinstance(item, list) for item in _list_of(given)):
        rows: list[Any] = given
        parameters.literals(field.name, rows, rows=True)  # refuses what no row can hold
        return rows
    found = parameters.convert(settled(field._parameter, given), given)  # noqa: SLF001 - its own
    for item in _list_of(found):
        literal(field.name, item)  # refuses what neither a text nor a request may hold
    return found


def _list_of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _items(field: ParameterField, raw: Any) -> list[Any]:
    if not isinstance(raw, str):
        return list(raw) if isinstance(raw, list | tuple) else [raw]
    if raw.lstrip().startswith("["):
        items = _json_list(field, raw)
    else:
        lines = raw.split("\n")
        parts = lines if len([x for x in lines if x.strip()]) > 1 else raw.split(",")
        items = [part.strip() for part in parts if part.strip()]
    if len(items) > MAX_VALUES:
        raise ParameterError(
            f"{field.name} takes at most {MAX_VALUES:,} values; these are {len(items):,}.",
            name=field.name,
        )
    return items


def _json_list(field: ParameterField, raw: str) -> list[Any]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list):
        raise ParameterError(
            f"{field.name} begins like a JSON list and is none.",
            name=field.name,
            hint='Such as ["one", "two"]; or write one value a line.',
        )
    return found
