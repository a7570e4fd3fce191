"""A table that the chosen instance does not have."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Given, Remark, Rule
from amc.sql.rules.shared import table_place


def _look(context: Context) -> Iterator[Remark]:
    for node, name, table in context.analysis.tables:
        if table is not None and not table.available:
            paid = (
                " It is a paid feature: enrol the account in Paid Features." if table.paid else ""
            )
            yield Remark(table_place(node), f"This instance has no '{name}'.{paid}")


RULE = Rule(
    code="unavailable-table",
    severity="error",
    what="The instance does not have this table.",
    why=(
        "AMC answers as if it did not exist: Object '…' not found. Paid features and DSP "
        "tables are there only where they were ordered."
    ),
    wrong=(
        "SELECT event_subtype, COUNT(conversion_id) AS n FROM conversions_all GROUP BY "
        "event_subtype"
    ),
    right=(
        "SELECT event_subtype, COUNT(conversion_id) AS n FROM conversions GROUP BY event_subtype"
    ),
    look=_look,
    given=Given(absent=("conversions_all",)),
)
