"""A template as the rest of the product sees it: its fields, its SQL, and how it becomes a run."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from amc.sql.binding import bind
from amc.templates.declare import declaration, sendable
from amc.templates.model import Maturity, Needs, Output, Parameter, TemplateFields, is_within
from amc.templates.sections import choose
from amc.templates.values import as_json, coerce_values


@dataclass(frozen=True, slots=True)
class Rendered:
    """A template with its values: what is checked, shown and sent.

    Attributes:
        author_sql: the author's text, with the sections that the values keep and bound values.
        declarations: AMC's `inputParameters`.
        parameter_values: AMC's `parameterValues`.
        shown: every value that went in, as JSON, for manifests and forms.
        needs: data sources that this text reads.
    """

    author_sql: str
    declarations: list[dict[str, Any]]
    parameter_values: dict[str, Any]
    shown: dict[str, Any]
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Template:
    """A checked template.

    Attributes:
        fields: what its YAML file says.
        sql: its SQL file, all sections and marks included.
        yaml_file: where the YAML file is.
        sql_file: where the SQL file is.
    """

    fields: TemplateFields
    sql: str
    yaml_file: str
    sql_file: str

    @property
    def name(self) -> str:
        """Unique, such as `path-to-conversion`."""
        return self.fields.name

    @property
    def title(self) -> str:
        """For people."""
        return self.fields.title

    @property
    def group(self) -> str:
        """The folder it stands in."""
        return self.fields.group

    @property
    def version(self) -> str:
        """Of the template."""
        return self.fields.version

    @property
    def question(self) -> str:
        """What the result answers."""
        return self.fields.question

    @property
    def description(self) -> str:
        """How it answers."""
        return self.fields.description

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """In the order of the form."""
        return self.fields.parameters

    @property
    def needs(self) -> Needs:
        """What an instance must have."""
        return self.fields.needs

    @property
    def default_window(self) -> str:
        """A window rule."""
        return self.fields.default_window

    @property
    def output(self) -> tuple[Output, ...]:
        """The columns of the result."""
        return self.fields.output

    @property
    def charts(self) -> tuple[dict[str, Any], ...]:
        """Recipes for `amc.charts`, with the words and units of the output columns."""
        words = {column.name: column.title for column in self.output}
        units = {column.name: column.unit for column in self.output if column.unit}
        return tuple({"labels": words, "units": units} | chart for chart in self.fields.charts)

    @property
    def reading(self) -> str:
        """The reading guide, Markdown."""
        return self.fields.reading

    @property
    def privacy(self) -> str:
        """What AMC may hide."""
        return self.fields.privacy

    @property
    def maturity(self) -> Maturity:
        """When figures stop moving."""
        return self.fields.maturity

    @property
    def examples(self) -> tuple[dict[str, Any], ...]:
        """Sets of values to try it with."""
        return self.fields.examples

    @cached_property
    def _sections(self) -> tuple[Parameter, ...]:
        return tuple(p for p in self.parameters if p.binding == "section")

    def coerce(self, values: Mapping[str, object]) -> dict[str, Any]:
        """Typed values for every parameter, defaults filled in.

        Raises:
            ParameterError: one is missing, mistyped, out of range, or unknown.
        """
        return coerce_values(self.parameters, values)

    def render(
        self, values: Mapping[str, object], sources: Collection[str] | None = None
    ) -> Rendered:
        """The exact text and values of a run.

        Args:
            values: as for `coerce`.
            sources: data sources of the instance, when they are known. A choice of sections that
                the caller left open is then made so that the text reads only what is there.

        Raises:
            ParameterError: see `coerce`.
        """
        typed = self.coerce(self._fitting(values, sources))
        return Rendered(
            author_sql=self._bound(choose(self.sql, typed), typed),
            declarations=[declaration(p) for p in self.parameters if p.binding == "parameter"],
            parameter_values={
                p.name: sendable(typed[p.name]) for p in self.parameters if p.binding == "parameter"
            },
            shown={name: as_json(value) for name, value in typed.items()},
            needs=self.fields.needed_sources(typed),
        )

    def _bound(self, sql: str, typed: Mapping[str, Any]) -> str:
        """The text with literals or allowed names in the place of `{{ x }}`."""
        placed = [p for p in self.parameters if p.binding in ("values", "name")]
        if not placed:
            return sql
        names = {p.name: [c.value for c in p.choices] for p in placed if p.binding == "name"}
        return bind(sql, {p.name: typed[p.name] for p in placed}, names=names)

    def _fitting(
        self, values: Mapping[str, object], sources: Collection[str] | None
    ) -> Mapping[str, object]:
        if sources is None:
            return values
        fitting = dict(values)
        for parameter in self._sections:
            if values.get(parameter.name) not in (None, ""):
                continue
            for choice in (parameter.default, *(c.value for c in parameter.choices)):
                tried = self.coerce(fitting | {parameter.name: choice})
                if is_within(sources, self.fields.needed_sources(tried)):
                    fitting[parameter.name] = choice
                    break
        return fitting

    def to_dict(self) -> dict[str, Any]:
        """The template as JSON can hold it, without its SQL."""
        return self.fields.model_dump(mode="json")
