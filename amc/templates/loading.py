"""Templates from folders: `<folder>/<group>/<name>.yaml` with `<name>.sql` beside it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from amc.errors import TemplateError
from amc.templates.checks import check_fields, check_sections
from amc.templates.model import TemplateFields
from amc.templates.sections import SectionError, read_sections
from amc.templates.template import Template
from amc.templates.usage import check_uses
from amc.templates.yaml_reader import Document, read_yaml

MAX_SQL_BYTES = 256 * 1024

_MESSAGES = {
    "missing": "the field is missing",
    "extra_forbidden": "there is no such field",
    "string_type": "must be text; put it in quotes",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must hold named fields",
    "model_type": "must hold named fields",
    "model_attributes_type": "must hold named fields",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
}


@dataclass(slots=True)
class Found:
    """What folders hold: the good templates by name, and what is wrong with the others."""

    templates: dict[str, Template] = field(default_factory=dict)
    faults: list[TemplateError] = field(default_factory=list)


def load_templates(folders: Iterable[Path]) -> dict[str, Template]:
    """Every template in some folders, by name, in the order of group and name.

    Raises:
        TemplateError: the first file that is wrong, with file, line, column and field.
    """
    found = find_templates(folders)
    if found.faults:
        raise found.faults[0]
    return found.templates


def find_templates(folders: Iterable[Path]) -> Found:
    """As `load_templates`, but one wrong file does not hide the others."""
    found = Found()
    for folder in folders:
        if not folder.is_dir():
            found.faults.append(TemplateError("there is no such folder", file=str(folder)))
            continue
        for path in sorted(folder.glob("*/*.yaml")):
            try:
                template = load_template(path)
                _add(found, template, path)
            except TemplateError as exc:
                found.faults.append(exc)
        found.faults += [
            TemplateError("there is no YAML file of this name beside it", file=str(path))
            for path in sorted(folder.glob("*/*.sql"))
            if not path.with_suffix(".yaml").exists()
        ]
    return found


def _add(found: Found, template: Template, path: Path) -> None:
    other = found.templates.get(template.name)
    if other is not None:
        raise TemplateError(
            f"the name {template.name} is taken by {other.yaml_file}", file=f"{path}:1:1"
        )
    found.templates[template.name] = template


def load_template(path: Path) -> Template:
    """One template from its YAML file and the SQL file of the same name beside it.

    Raises:
        TemplateError: with file, line, column and field.
    """
    document = read_yaml(_read(path), str(path))
    fields = _fields(document)
    check_fields(document, fields, stem=path.stem, folder=path.parent.name)
    sql_path = path.with_suffix(".sql")
    sql = _read_sql(sql_path)
    try:
        sections = [section for section, _ in read_sections(sql) if section is not None]
    except SectionError as exc:
        raise TemplateError(exc.message, file=f"{sql_path}:{exc.line}:1") from None
    check_sections(fields, sections, str(sql_path))
    check_uses(fields, sql, str(sql_path))
    return Template(fields, sql, str(path), str(sql_path))


def read_values(path: Path) -> dict[str, Any]:
    """Parameter values from a YAML file: name to value, for `Template.coerce` or by hand.

    Raises:
        TemplateError: with file, line and column.
    """
    document = read_yaml(_read(path), str(path))
    if not isinstance(document.data, dict):
        raise document.fault("the file must hold one value for each parameter name")
    return document.data


def _fields(document: Document) -> TemplateFields:
    if not isinstance(document.data, dict):
        raise document.fault("the file must hold named fields")
    try:
        return TemplateFields.model_validate(document.data)
    except ValidationError as exc:
        raise _explain(document, exc.errors(include_url=False)) from None


def _explain(document: Document, errors: list[ErrorDetails]) -> TemplateError:
    """The first fault in the order of the file, in plain words.

    A missing field comes last: mostly it stands there under a mistyped name.
    """
    # A union gives one error a branch, with the branch's name in the path: cut to what is there.
    faults = []
    for error in errors:
        path = tuple(error["loc"])
        kind = error["type"]
        while path and kind != "missing" and path not in document.values:
            path = path[:-1]
        place = document.place(path, key=kind == "extra_forbidden")
        faults.append((place.line, place.column, path, kind, error["msg"]))
    line, column, path, kind, message = min(
        faults, key=lambda fault: (fault[3] == "missing", *fault[:2])
    )
    text = _MESSAGES.get(kind, f"{message[:1].lower()}{message[1:]}")
    if kind == "string_pattern_mismatch":
        text = "may hold lower case letters, digits and the usual separator only, on one line"
    name = ".".join(str(part) for part in path)
    return TemplateError(text, file=f"{document.file}:{line}:{column}", field=name)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_SQL_BYTES + 1)
    except OSError as exc:
        raise TemplateError(f"cannot be read: {exc.strerror}", file=str(path)) from exc


def _read_sql(path: Path) -> str:
    if not path.exists():
        raise TemplateError("the SQL file of this template is missing", file=str(path))
    content = _read(path)
    if len(content) > MAX_SQL_BYTES:
        raise TemplateError(f"is larger than {MAX_SQL_BYTES // 1024} KB", file=f"{path}:1:1")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise TemplateError("is not UTF-8", file=f"{path}:{line}:1") from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise TemplateError("holds a NUL character", file=f"{path}:{line}:1")
    if not text.strip():
        raise TemplateError("is empty", file=f"{path}:1:1")
    return text
