"""What has to be true between the fields of a template, and between them and its SQL."""

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from amc.errors import ParameterError, TemplateError, WindowError
from amc.templates.model import Parameter, Source, TemplateFields
from amc.templates.sections import Section
from amc.templates.values import coerce_value, coerce_values
from amc.templates.yaml_reader import Document, Path
from amc.timing.window import WindowRule

_NUMBERS = (int, Decimal)
# Fields of a chart recipe that name output columns, alone or in a list.
COLUMN_FIELDS = frozenset(
    {"x", "y", "color", "size", "path", "value", "values", "source", "target", "sets", "label",
     "columns", "stages", "sort", "ascending", "weight", "group", "facet"}
)  # fmt: skip


def check_fields(document: Document, fields: TemplateFields, *, stem: str, folder: str) -> None:
    """Everything that pydantic cannot see.

    Raises:
        TemplateError: with the place of what is wrong.
    """
    if fields.name != stem:
        raise document.fault(f"the name must be that of the file, {stem}", ("name",))
    if fields.group != folder:
        raise document.fault(f"the group must be the name of the folder, {folder}", ("group",))
    _unique(document, "parameters", [p.name for p in fields.parameters])
    _unique(document, "output", [c.name for c in fields.output])
    try:
        WindowRule.parse(fields.default_window)
    except WindowError as exc:
        raise document.fault(exc.message, ("default_window",)) from None
    for number, parameter in enumerate(fields.parameters):
        _parameter(document, parameter, ("parameters", number))
    for number, source in enumerate(fields.needs.sources):
        _source(document, fields, source, ("needs", "sources", number))
    for number, chart in enumerate(fields.charts):
        _chart(document, fields, chart, ("charts", number))
    for number, example in enumerate(fields.examples):
        try:
            coerce_values(fields.parameters, example)
        except ParameterError as exc:
            raise document.fault(exc.message, ("examples", number, exc.name)) from None


def check_sections(fields: TemplateFields, sections: list[Section], sql_file: str) -> None:
    """Sections name enum parameters that choose sections, and choices that they have.

    Raises:
        TemplateError: with the line in the SQL file.
    """
    for section in sections:
        where = f"{sql_file}:{section.line}:1"
        parameter = fields.parameter(section.parameter)
        if parameter is None or parameter.binding != "section":
            raise TemplateError(
                f"{section.parameter} is not a parameter with binding: section", file=where
            )
        allowed = {c.value for c in parameter.choices}
        for choice in section.choices:
            if choice not in allowed:
                raise TemplateError(f"{section.parameter} has no choice {choice}", file=where)
    used = {s.parameter for s in sections}
    for parameter in fields.parameters:
        if parameter.binding == "section" and parameter.name not in used:
            raise TemplateError(f"no section asks for {parameter.name}", file=f"{sql_file}:1:1")


def _unique(document: Document, field: str, names: list[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            last = len(names) - 1 - names[::-1].index(name)
            raise document.fault(f"{name} stands here twice", (field, last, "name"))


def _parameter(document: Document, parameter: Parameter, path: Path) -> None:
    _choices(document, parameter, path)
    _bounds(document, parameter, path)
    if parameter.pattern is not None:
        if parameter.type not in ("string", "string_list"):
            raise document.fault("a pattern is for text only", (*path, "pattern"))
        try:
            re.compile(parameter.pattern)
        except re.error as exc:
            message = f"this is not a regular expression: {exc}"
            raise document.fault(message, (*path, "pattern")) from None
    if parameter.default is None:
        if not parameter.required:
            raise document.fault("an optional parameter needs a default", (*path, "default"))
        return
    try:
        coerce_value(parameter, parameter.default)
    except ParameterError as exc:
        raise document.fault(exc.message, (*path, "default")) from None


def _choices(document: Document, parameter: Parameter, path: Path) -> None:
    chooses = parameter.type == "enum"
    if chooses != bool(parameter.choices):
        word = "an enum needs choices" if chooses else "only an enum has choices"
        raise document.fault(word, (*path, "choices"))
    if parameter.binding in ("name", "section") and not chooses:
        raise document.fault(f"binding {parameter.binding} needs an enum", (*path, "binding"))
    if parameter.binding == "values" and not parameter.is_list:
        raise document.fault("binding values needs a list", (*path, "binding"))
    if parameter.binding == "values" and not parameter.required:
        raise document.fault("VALUES cannot be empty: make it required", (*path, "required"))
    _unique(document, ".".join(str(p) for p in path), [c.value for c in parameter.choices])


def _bounds(document: Document, parameter: Parameter, path: Path) -> None:
    kinds: dict[str, tuple[type, ...]] = {"date": (str,), "boolean": (), "enum": ()}
    allowed = kinds.get(parameter.type, (int,))
    if parameter.type == "decimal":
        allowed = _NUMBERS
    for name in ("min", "max"):
        bound: Any = getattr(parameter, name)
        if bound is None:
            continue
        if not isinstance(bound, allowed):
            raise document.fault(f"does not fit the type {parameter.type}", (*path, name))
        if isinstance(bound, str):
            try:
                date.fromisoformat(bound)
            except ValueError:
                raise document.fault("must be a date such as 2026-09-01", (*path, name)) from None


def _source(document: Document, fields: TemplateFields, source: Source, path: Path) -> None:
    for name, choices in source.when.items():
        parameter = fields.parameter(name)
        if parameter is None or parameter.binding != "section":
            message = f"{name} is not a parameter with binding: section"
            raise document.fault(message, (*path, "when", name), key=True)
        allowed = {c.value for c in parameter.choices}
        for number, choice in enumerate(choices):
            if choice not in allowed:
                raise document.fault(
                    f"{name} has no choice {choice}", (*path, "when", name, number)
                )


def _chart(document: Document, fields: TemplateFields, chart: dict[str, Any], path: Path) -> None:
    if not isinstance(chart.get("kind"), str):
        raise document.fault("a chart needs its kind", (*path, "kind"))
    columns = {c.name for c in fields.output}
    for name, value in chart.items():
        if name not in COLUMN_FIELDS:
            continue
        named = value if isinstance(value, list | tuple) else [value]
        for number, column in enumerate(named):
            if column not in columns:
                where = (*path, name, number) if named is value else (*path, name)
                raise document.fault(f"the output has no column {column}", where)
