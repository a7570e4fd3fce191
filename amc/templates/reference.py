"""The page of the reference about templates, written from the templates themselves."""

from collections.abc import Iterable, Mapping

from amc.templates.model import Output, Parameter
from amc.templates.template import Template

_INTRODUCTION = """\
# Templates

<!-- Made by amc.templates.reference; change the YAML files and make it again. -->

A template answers one question on any instance that has what it needs. Each stands in
`sql_templates/<group>/` as two files of one name: the AMC SQL, and a YAML file that says which
parameters it asks for, what the result holds, how it is drawn and how it is read.

Run one with `python -m amc templates run NAME --instance ID`; give parameters as
`--param name=value`, lists as JSON or separated by commas.
"""


def reference_page(templates: Mapping[str, Template]) -> str:
    """The whole page as Markdown, in the order of the mapping."""
    parts = [_INTRODUCTION, _table(("template", "group", "answers"), _index(templates.values()))]
    parts += [_section(template) for template in templates.values()]
    return "\n".join(parts)


def _index(templates: Iterable[Template]) -> list[tuple[str, ...]]:
    return [(f"[{t.title}](#{t.name})", t.group, t.question) for t in templates]


def _section(template: Template) -> str:
    fields = template.fields
    sources = [
        f"`{source.name}`" + (f" ({_when(source.when)})" if source.when else "")
        for source in fields.needs.sources
    ]
    parts = [
        f"\n## {template.name}\n",
        f"**{template.title}** (version {template.version}). {template.question}\n",
        f"{fields.description.strip()}\n",
        f"Needs: {', '.join(sources)}. {fields.needs.note.strip()}\n",
        f"Window: `{fields.default_window}` by default. {fields.window_help.strip()}\n",
        "### Parameters\n",
        _table(
            ("name", "type", "default", "allowed", "meaning"),
            [_parameter(p) for p in template.parameters],
        ),
        "\n### Result\n",
        _table(
            ("column", "role", "type", "unit", "meaning"), [_output(c) for c in template.output]
        ),
        "\n### Reading it\n",
        f"{fields.reading.strip()}\n",
        f"**Privacy.** {fields.privacy.strip()}\n",
        f"**Maturity.** {fields.maturity.note.strip()} Final after {fields.maturity.days} days.\n",
    ]
    return "\n".join(parts)


def _when(when: Mapping[str, Iterable[str]]) -> str:
    return " and ".join(f"{name} is {' or '.join(choices)}" for name, choices in when.items())


def _parameter(parameter: Parameter) -> tuple[str, ...]:
    default = "required" if parameter.default is None else _value(parameter.default)
    meaning = f"{parameter.label}. {parameter.help.strip()}"
    return (f"`{parameter.name}`", parameter.type, default, _allowed(parameter), meaning)


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(v) for v in value) or "empty"
    return str(value)


def _allowed(parameter: Parameter) -> str:
    if parameter.choices:
        return ", ".join(f"`{choice.value}`" for choice in parameter.choices)
    low, high = parameter.min, parameter.max
    unit = " values" if parameter.is_list else f" {parameter.unit}" if parameter.unit else ""
    if low is not None and high is not None:
        return f"{low} to {high}{unit}"
    if low is not None:
        return f"at least {low}{unit}"
    return f"at most {high}{unit}" if high is not None else ""


def _output(column: Output) -> tuple[str, ...]:
    meaning = f"{column.title}. {column.description.strip()}"
    return (f"`{column.name}`", column.role, column.type, column.unit, meaning)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [_row(header), _row(tuple("---" for _ in header)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def _row(cells: tuple[str, ...]) -> str:
    escaped = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"
