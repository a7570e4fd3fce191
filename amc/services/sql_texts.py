"""SQL by hand: bound, checked, explained, formatted."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from amc.errors import ParameterError
from amc.services.instances import DataSourceView
from amc.services.parameter_fields import ParameterField, field_value, fields_of
from amc.sql import binding, parameters
from amc.sql.catalog import Catalog, Column, load_catalog
from amc.sql.checker import Severities, check, declared_types
from amc.sql.errors import SqlPlaceError
from amc.sql.explain import Explanation, explain
from amc.sql.findings import Finding, Fix
from amc.sql.format import format_sql
from amc.sql.lex import LineIndex
from amc.sql.placeholders import Probe
from amc.sql.severities import for_instance
from amc.sql.stand_in import stand_in
from amc.sql.written import check_written, in_author_terms


class SqlTexts:
    """What can be said of a text before anything is sent."""

    def __init__(self, severities: Severities) -> None:
        """Keep the severities that are set for the checker's rules."""
        self._severities = severities

    def bind_sql(self, sql: str, values: Mapping[str, Any]) -> parameters.Bound:
        """A query by hand with its values.

        A query that cannot be read is given back as it is: the checker says what is wrong.

        Raises:
            ParameterError: a value is missing, unknown or of the wrong type.
        """
        try:
            return parameters.prepare(sql, values)
        except SqlPlaceError:
            return parameters.Bound(sql, [], {}, dict(values))

    def short_form(self, sql: str, values: Mapping[str, Any]) -> Probe | None:
        """A query with the first value of each bound list: what the checker reads.

        The limit on a text's length is about what the author wrote, not about bound lists.
        None when nothing is bound into it.
        """
        try:
            wanted = binding.placeholders(sql)
            return binding.probe(sql, {n: values[n] for n in wanted}) if wanted else None
        except (SqlPlaceError, ParameterError, KeyError):
            return None

    def check_text(
        self,
        author_sql: str,
        declarations: Collection[Mapping[str, Any]] | None = None,
        *,
        probe: Probe | None = None,
        sources: list[DataSourceView] | None = None,
        sandbox: bool = False,
        window: timedelta | None = None,
    ) -> list[Finding]:
        """Findings on a text as it will be sent, with its declared parameters.

        Args:
            author_sql: the text with its values.
            declarations: AMC's `inputParameters`.
            probe: the text with the first values only; the places are then those of the text
                with placeholders.
            sources: what the instance has, when known.
            sandbox: whether the instance is a sandbox.
            window: how long the window of the run is.
        """
        found = check(
            author_sql if probe is None else probe.text,
            self._catalog(sources),
            parameters=None if declarations is None else declared_types(declarations),
            severities=for_instance(self._severities, sandbox=sandbox),
            window=window,
        )
        return found if probe is None else in_author_terms(found, probe)

    def check_sql(
        self,
        sql: str,
        *,
        sources: list[DataSourceView] | None = None,
        sandbox: bool = False,
        audience: bool | None = None,
    ) -> list[Finding]:
        """Findings on a text as it is written, against what an instance has when given.

        `{{ x }}` may be in it. Whether it is an audience query is seen from what it reads and
        gives out, unless said.
        """
        return check_written(
            sql,
            self._catalog(sources),
            severities=for_instance(self._severities, sandbox=sandbox),
            audience=audience,
        )

    def explain_sql(self, sql: str, *, sources: list[DataSourceView] | None = None) -> Explanation:
        """What a query reads, gives, can hide and costs, against what an instance has when given.

        `{{ x }}` may be in it.

        Raises:
            SqlPlaceError: it cannot be read; the place is the author's.
        """
        return explain(sql, self._catalog(sources))

    def _catalog(self, sources: list[DataSourceView] | None) -> Catalog:
        catalog = load_catalog()
        if sources is None:
            return catalog
        return catalog.for_instance(
            {"dataSourceId": s.name, "columns": s.columns} for s in sources if s.available
        )

    def format_sql(self, sql: str) -> str:
        """The query in good order, comments kept.

        Raises:
            SqlPlaceError: it cannot be read.
        """
        return format_sql(sql)

    def parameter_names(self, sql: str) -> list[str]:
        """Names of the parameters that a query by hand asks for; none while it cannot be read."""
        try:
            wanted = binding.placeholders(sql)
            return [*wanted, *(p.name for p in parameters.find(stand_in(sql).text))]
        except SqlPlaceError:
            return []

    def parameter_fields(self, sql: str) -> list[ParameterField]:
        """What a query by hand asks for, as fields of a form.

        Raises:
            SqlPlaceError: it cannot be read.
        """
        return fields_of(sql)

    def field_value(self, field: ParameterField, raw: Any) -> Any:
        """What was typed into a field, as a value; None for nothing.

        Raises:
            ParameterError: it cannot be a value of this field.
        """
        return field_value(field, raw)

    def column(self, table: str, column: str) -> Column | None:
        """What the catalog knows of a column."""
        source = load_catalog().table(table)
        return source.column(column) if source is not None else None


def _in_author_terms(finding: Finding, probe: Probe) -> Finding:
    """A finding about a text with stand-ins, at its place in the author's text."""
    line, column = probe.author_position(finding.line, finding.column)
    end_line, end_column = probe.author_position(finding.end_line, finding.end_column)
    return replace(
        finding, line=line, column=column, end_line=end_line, end_column=end_column,
        fix=finding.fix and _author_fix(finding.fix, probe),
    )  # fmt: skip


def _author_fix(fix: Fix, probe: Probe) -> Fix | None:
    """The fix at its place in the author's text; None when a placeholder is in its way."""
    text, author = LineIndex(probe.text), LineIndex(probe.author)
    start = text.offset(fix.start_line, fix.start_column)
    end = text.offset(fix.end_line, fix.end_column)
    first, last = probe.author_offset(start), probe.author_offset(end)
    if probe.text[start:end] != probe.author[first:last]:
        return None
    start_line, start_column = author.position(first)
    end_line, end_column = author.position(last)
    return Fix(fix.title, start_line, start_column, end_line, end_column, fix.replacement)
