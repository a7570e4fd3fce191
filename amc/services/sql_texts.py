"""SQL by hand: bound, checked, explained, formatted."""

from collections.abc import Collection, Mapping
from typing import Any

from amc.errors import ParameterError
from amc.services.instances import DataSourceView
from amc.sql import binding, parameters
from amc.sql.analysis import analyse
from amc.sql.catalog import USERS_NEEDED, Column, load_catalog
from amc.sql.checker import check
from amc.sql.dialect import parse
from amc.sql.errors import SqlPlaceError
from amc.sql.findings import Finding


class SqlTexts:
    """What can be said of a text before anything is sent."""

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

    def short_form(self, sql: str, values: Mapping[str, Any]) -> str:
        """A query with the first value of each bound list: what the checker reads.

        The limit on a text's length is about what the author wrote, not about bound lists.
        """
        try:
            wanted = binding.placeholders(sql)
            return binding.probe(sql, {n: values[n] for n in wanted}).text if wanted else sql
        except (SqlPlaceError, ParameterError, KeyError):
            return sql

    def check_text(
        self, author_sql: str, declarations: Collection[Mapping[str, Any]] | None = None
    ) -> list[Finding]:
        """Findings on a text with its declared parameters."""
        names = None if declarations is None else [str(d["name"]) for d in declarations]
        return check(author_sql, parameters=names)

    def check_sql(self, sql: str, *, sources: list[DataSourceView] | None = None) -> list[Finding]:
        """Findings on a text as it is written, against what an instance has when given."""
        catalog = load_catalog()
        if sources is not None:
            catalog = catalog.for_instance(
                {"dataSourceId": s.name, "columns": s.columns} for s in sources if s.available
            )
        return check(sql, catalog)

    def explain_sql(self, sql: str) -> dict[str, Any]:
        """What a query reads, gives, and can hide.

        Raises:
            SqlPlaceError: it cannot be read.
        """
        tree = parse(sql)
        found = analyse(tree, load_catalog())
        sources = {
            name.lower(): {
                "name": name.lower(),
                "kind": table.kind if table else "unknown",
                "paid": bool(table and table.paid),
                "window_column": table.time_column if table else None,
            }
            for _, name, table in found.tables
        }
        windows = [
            {
                "source": (extended.table or "").lower(),
                "before_s": extended.before.total_seconds() if extended.before else 0,
                "after_s": extended.after.total_seconds() if extended.after else 0,
            }
            for _, extended in found.extended
        ]
        return {
            "sources": list(sources.values()),
            "windows": windows,
            "parameters": [p.declaration() for p in parameters.find(sql)],
            "grain": [o.name for o in found.outputs if o.threshold != "NONE"],
            "output": [
                {
                    "name": o.name,
                    "type": str(o.column.data_type) if o.column else "",
                    "threshold": o.threshold,
                    "users_needed": USERS_NEEDED.get(o.threshold),  # type: ignore[call-overload]
                    "can_be_hidden": o.threshold not in ("NONE",),
                }
                for o in found.outputs
            ],
        }

    def format_sql(self, sql: str) -> str:
        """The query in good order, comments kept.

        Raises:
            SqlPlaceError: it cannot be read.
        """
        from amc.sql.format import format_sql

        return format_sql(sql)

    def parameter_names(self, sql: str) -> list[str]:
        """Names of the parameters that a query by hand asks for; none while it cannot be read."""
        try:
            wanted = binding.placeholders(sql)
            plain = binding.bind(sql, dict.fromkeys(wanted, "x"))
            return [*wanted, *(p.name for p in parameters.find(plain))]
        except (SqlPlaceError, ParameterError):
            return []

    def column(self, table: str, column: str) -> Column | None:
        """What the catalog knows of a column."""
        source = load_catalog().table(table)
        return source.column(column) if source is not None else None
