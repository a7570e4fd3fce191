"""Which columns tell the rows of a SELECT apart: what a join may use without multiplying."""

from sqlglot import exp

from amc.sql.scopes import Level


def unique_columns(level: Level) -> frozenset[str] | None:
    """The smallest known set of output names that no two rows share; None when rows may repeat."""
    node = level.node
    names = {id(_inner(item)): item.alias_or_name.lower() for item in node.expressions}
    group = node.args.get("group")
    if group is not None and group.expressions:
        return _named(level, names)
    if level.is_grouped:
        return frozenset()
    if node.args.get("distinct"):
        return frozenset(n for n in names.values() if n) or None
    # A SELECT over one unique source without grouping keeps its key, if it shows it.
    if len(level.sources) == 1 and level.sources[0].unique_on is not None:
        kept = {
            item.this.name.lower() if isinstance(item, exp.Alias) else item.name.lower(): name
            for item, name in ((i, i.alias_or_name.lower()) for i in node.expressions)
            if isinstance(_inner(item), exp.Column)
        }
        wanted = level.sources[0].unique_on
        if wanted <= kept.keys():
            return frozenset(kept[n] for n in wanted)
    return None


def _named(level: Level, names: dict[int, str]) -> frozenset[str] | None:
    """The output names of all GROUP BY items; None when one of them is not shown."""
    shown: dict[str, str] = {}
    for item in level.node.expressions:
        inner = _inner(item)
        if isinstance(inner, exp.Column):
            shown[inner.name.lower()] = item.alias_or_name.lower()
    made = set()
    for key in level.group_keys:
        if id(key) in names:
            made.add(names[id(key)])
        elif isinstance(key, exp.Column) and key.name.lower() in shown:
            made.add(shown[key.name.lower()])
        else:
            return None
    return frozenset(made)


def _inner(item: exp.Expr) -> exp.Expr:
    return item.this if isinstance(item, exp.Alias) else item
