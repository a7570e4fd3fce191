"""What tells rows apart where a SELECT neither groups nor aggregates, and in labelled UNIONs."""

from collections.abc import Sequence

from sqlglot import exp

from amc.sql.explain.fixed import fixed_columns
from amc.sql.explain.shape import Shape, in_words, not_shown, plain
from amc.sql.nodes import call_args, call_name


def passed_on(
    node: exp.Select,
    columns: tuple[str, ...],
    sources: dict[str, Shape],
    *,
    multiplied: bool,
    full: bool,
) -> Shape:
    """The shape of the rows that a SELECT reads and gives on.

    Args:
        node: the SELECT.
        columns: the names that it gives out.
        sources: what it reads, by alias, FROM first.
        multiplied: whether a join repeats rows of FROM.
        full: whether a FULL join adds rows that FROM has not.
    """
    renamed = {name: _renames(node, columns, sources, name, full=full) for name in sources}
    first_name, first = next(iter(sources.items()))
    if multiplied:
        text = f"one row per matching rows of {in_words(list(sources))}"
        together = _together(sources, renamed)
        if together is None:
            return Shape(columns, None, text)
        return _per(columns, together, columns)
    fixed = fixed_columns(node).of(first_name, first, list(sources.values()))
    kept = [_kept(key - fixed, renamed[first_name]) for key in first.all_keys]
    found = [key for key in kept if key is not None]
    if first.keys is None or not first.keys & fixed:
        main = kept[0] if first.keys is not None else None
    else:
        main = min(found, key=len, default=None)
    narrowed = [key for key in found if key != main and fixed]
    least = min(narrowed, key=len, default=None)
    if least is not None and (main is None or first.base or len(least) < len(main)):
        return _per(columns, least, columns)
    more = tuple(key for key in found if key != main)
    if main is None:
        unseen = [k for k in first.shown if k not in renamed[first_name]]
        return Shape(
            columns,
            None,
            first.text + not_shown(unseen),
            base=first.base,
            is_single=first.is_single,
            more_keys=more,
        )
    if first.base:
        return Shape(columns, main, first.text, base=first.base, more_keys=more)
    if main:
        names = renamed[first_name]
        order = [names[k] for k in first.shown if k in names and names[k] in main]
        return _per(columns, main, order if set(order) == main else columns, more)
    return Shape(columns, main, first.text, is_single=first.is_single, more_keys=more)


def _per(
    columns: tuple[str, ...],
    keys: frozenset[str],
    order: Sequence[str],
    more: tuple[frozenset[str], ...] = (),
) -> Shape:
    if not keys:
        return Shape(columns, keys, "one row in total", is_single=True)
    shown = tuple(dict.fromkeys(name for name in order if name in keys))
    return Shape(columns, keys, f"one row per {in_words(shown)}", shown=shown, more_keys=more)


def _kept(key: frozenset[str], renamed: dict[str, str]) -> frozenset[str] | None:
    """A key under the names that the SELECT gives it; None when a part of it is not shown."""
    return frozenset(renamed[k] for k in key) if key <= set(renamed) else None


def _together(
    sources: dict[str, Shape], renamed: dict[str, dict[str, str]]
) -> frozenset[str] | None:
    """The keys of all sources: what tells the rows of a join apart, when all are shown."""
    found: set[str] = set()
    for name, shape in sources.items():
        if shape.is_single:
            continue
        kept = [k for k in (_kept(key, renamed[name]) for key in shape.all_keys) if k is not None]
        if not kept:
            return None
        found |= kept[0]
    return frozenset(found)


def _renames(
    node: exp.Select,
    columns: tuple[str, ...],
    sources: dict[str, Shape],
    source: str,
    *,
    full: bool,
) -> dict[str, str]:
    """Under which names the columns of one source are given out.

    Behind a FULL join a column of one side is NULL in the rows of the other: only COALESCE of both
    still tells rows apart.
    """
    shape = sources[source]
    found: dict[str, str] = {}
    if full and len(sources) > 1:
        for item, name in zip(node.expressions, columns, strict=False):
            bare = plain(item.this if isinstance(item, exp.Alias) else item)
            parts = call_args(bare) if isinstance(bare, exp.Func) else []
            merged = call_name(bare) in ("COALESCE", "IFNULL", "NVL") if parts else False
            if merged and all(isinstance(p, exp.Column) for p in parts):
                for part in parts:
                    if isinstance(part, exp.Column) and part.table.lower() == source:
                        found.setdefault(part.name.lower(), name)
        return found
    if any(isinstance(i, exp.Star) for i in node.expressions):
        found = {c: c for c in shape.columns}
    for item, name in zip(node.expressions, columns, strict=False):
        bare = plain(item.this if isinstance(item, exp.Alias) else item)
        if isinstance(bare, exp.Column) and _is_of(bare, source, sources):
            found.setdefault(bare.name.lower(), name)
    return found


def _is_of(column: exp.Column, source: str, sources: dict[str, Shape]) -> bool:
    if column.table:
        return column.table.lower() == source
    name = column.name.lower()
    owners = [alias for alias, shape in sources.items() if name in shape.columns]
    return owners == [source] or (not owners and source == next(iter(sources)))


def numbered(node: exp.Select, columns: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    """Row numbers, each with what it is numbered by: no two rows share them."""
    shown = {
        plain(item.this if isinstance(item, exp.Alias) else item).sql("amc"): name
        for item, name in zip(node.expressions, columns, strict=False)
    }
    named = {w.name.lower(): w for w in node.args.get("windows") or []}
    found = []
    for item, name in zip(node.expressions, columns, strict=False):
        window = plain(item.this if isinstance(item, exp.Alias) else item)
        if not isinstance(window, exp.Window) or not isinstance(window.this, exp.RowNumber):
            continue
        parts = list(window.args.get("partition_by") or [])
        if (used := window.args.get("alias")) is not None and used.name.lower() in named:
            parts += named[used.name.lower()].args.get("partition_by") or []
        texts = [plain(part).sql("amc") for part in parts]
        if all(text in shown for text in texts):
            found.append(frozenset([*(shown[text] for text in texts), name]))
    return tuple(found)


def distinct_columns(node: exp.Values) -> list[int]:
    """The positions of a VALUES list at which no two rows have the same literal."""
    rows = [r.expressions if isinstance(r, exp.Tuple) else [r] for r in node.expressions]
    found = []
    for position in range(min((len(row) for row in rows), default=0)):
        cells = [row[position] for row in rows]
        texts = {cell.sql("amc") for cell in cells if isinstance(cell, exp.Literal)}
        if len(texts) == len(cells):
            found.append(position)
    return found


def labelled_union(branches: Sequence[exp.Expr], parts: Sequence[Shape]) -> Shape | None:
    """A UNION ALL whose branches carry different labels: the label tells them apart."""
    names = parts[0].columns
    positions: set[int] = set()
    for part in parts:
        if part.keys is None or len(part.columns) != len(names):
            return None
        positions |= {part.columns.index(key) for key in part.keys if key in part.columns}
    selects = [b for b in (_select(branch) for branch in branches) if b is not None]
    if len(selects) != len(parts):
        return None
    for position in range(len(names)):
        items = [select.expressions[position] for select in selects]
        labels = [plain(i.this if isinstance(i, exp.Alias) else i) for i in items]
        texts = {label.sql("amc") for label in labels if isinstance(label, exp.Literal)}
        if len(texts) == len(parts):
            keys = frozenset(names[p] for p in positions | {position})
            return _per(names, keys, names)
    return None


def _select(branch: exp.Expr) -> exp.Select | None:
    while isinstance(branch, exp.Subquery | exp.Paren):
        branch = branch.this
    return branch if isinstance(branch, exp.Select) else None
