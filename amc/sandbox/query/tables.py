"""Reading a data source: plain, or with a wider time window."""

from sqlglot import exp

from amc.sandbox.query.carriers import Carrier, Direct, Form
from amc.sandbox.query.complaints import Complaints
from amc.sandbox.query.model import Column, Read, Relation, Value
from amc.sandbox.query.sources import SourceInfo, Sources
from amc.sql.nodes import ExtendedTable, extended_table


def read_table(
    node: exp.Table, number: int, sources: Sources, complaints: Complaints
) -> tuple[Read, Relation]:
    """The read of a data source that a FROM names, and the relation it gives.

    Raises:
        CompileError: there is no such object for this instance, or EXTEND_TIME_WINDOW is misused.
    """
    extended = extended_table(node)
    if extended is not None:
        info = _extended(extended, sources, complaints)
    else:
        plain = isinstance(node.this, exp.Identifier) and not node.db
        found = sources.get(node.name) if plain else None
        if found is None:
            raise _not_found(node, sources, complaints)
        info = found
    if not node.alias:
        # Hidden columns must be reachable by a name, in the function form too.
        node.set("alias", exp.TableAlias(this=exp.to_identifier(info.name)))
    read = Read(number, info.name, node)
    return read, _relation(info, read)


def _relation(info: SourceInfo, read: Read) -> Relation:
    carriers: tuple[Carrier, ...] = ()
    user = info.user_column

    def user_id(_form: Form) -> exp.Expr:
        return exp.column(str(user), table=read.node.alias)

    person = Direct(user_id) if user is not None else None
    if person is not None:
        carriers = (person,)
    paths = frozenset({read.number})
    columns = [
        Column(
            column.name,
            Value(
                level=column.level,
                metric=column.metric,
                person=person if column.name.lower() == user else None,
                user_id=column.name.lower() == user,
                carriers=carriers,
                paths=paths,
            ),
        )
        for column in info.columns.values()
    ]
    return Relation(columns, carriers, paths)


def _extended(call: ExtendedTable, sources: Sources, complaints: Complaints) -> SourceInfo:
    texts = [argument for argument in call.args if isinstance(argument, exp.Literal)]
    if len(call.args) != 3 or len(texts) != 3 or not all(text.is_string for text in texts):
        raise complaints.at(
            call.node,
            "Invalid arguments to EXTEND_TIME_WINDOW: expected three string literals, "
            "such as EXTEND_TIME_WINDOW('dsp_impressions', 'P28D', 'P0D')",
        )
    for text, span in zip(texts[1:], (call.before, call.after), strict=True):
        if span is None:
            raise complaints.at(
                text, f"Invalid arguments to EXTEND_TIME_WINDOW: '{text.name}' is not a duration"
            )
    info = sources.get(call.table or "")
    if info is None:
        raise complaints.at(texts[0], f"Object '{call.table}' not found")
    if not info.is_fact:
        raise complaints.at(
            texts[0],
            f"Invalid arguments to EXTEND_TIME_WINDOW: '{info.name}' has no time window",
        )
    return info


def _not_found(node: exp.Table, sources: Sources, complaints: Complaints) -> Exception:
    if sources.wrong_kind(node.name):
        return complaints.bare(
            "Invalid tables in the SQL query: Use audience-specific tables in the query."
        )
    name = ".".join(part for part in (node.catalog, node.db, node.name) if part)
    if not isinstance(node.this, exp.Identifier):
        name = complaints.written(node.this)
    place = node.copy()
    place.set("alias", None)
    place.set("joins", None)
    return complaints.at(place, f"Object '{name}' not found")
