"""One join: by which columns, and whether rows repeat."""

from collections.abc import Mapping

from sqlglot import exp

from amc.sql.explain.fixed import Fixed, conditions_of
from amc.sql.explain.model import JoinRead
from amc.sql.explain.shape import Shape, in_words, plain
from amc.sql.nodes import place


def explain_join(
    join: exp.Join,
    left: Mapping[str, Shape],
    right: tuple[str, Shape],
    select: exp.Select,
    fixed: Fixed,
) -> JoinRead:
    """What a join does to the rows of both sides.

    Args:
        join: its node.
        left: the shapes by alias of everything before it.
        right: alias and shape of what is joined.
        select: the SELECT: a comma or CROSS join may have its conditions in WHERE.
        fixed: the columns that its WHERE and ON hold to one value.
    """
    alias, shape = right
    kind = _kind(join)
    on = join.args.get("on")
    where = select.args.get("where")
    if on is None and kind == "CROSS" and where is not None:
        on = where.this
    pairs: list[tuple[str, str, str]] = []  # left alias, left column, right column
    keys: list[str] = []
    conditions: list[str] = []
    for name in (u.name.lower() for u in join.args.get("using") or []):
        owner = next((a for a, s in left.items() if name in s.columns), next(iter(left), ""))
        pairs.append((owner, name, name))
        keys.append(f"{owner}.{name} = {alias}.{name}")
    for part in conditions_of(on):
        pair = _pair(part, left, alias, shape)
        if pair is not None:
            pairs.append(pair)
            keys.append(_text(part))
        elif join.args.get("on") is not None:
            conditions.append(_text(part))
    if kind == "CROSS" and keys:
        kind = "INNER"
    right_fixed = fixed.of(alias, shape, [*left.values(), shape])
    right_unique = shape.is_unique_by({r for _, _, r in pairs} | right_fixed)
    left_unique = _left_unique(left, pairs, fixed, shape)
    multiplies = _multiplies(left_unique=left_unique, right_unique=right_unique)
    names = in_words(dict.fromkeys(a for a, _, _ in pairs) if pairs else left)
    return JoinRead(
        kind=kind,
        left=names,
        right=alias,
        line=int(place(join.this).get("line", 0)) or 1,
        keys=tuple(keys),
        conditions=tuple(conditions),
        many_to_many=multiplies == "both",
        multiplies=multiplies,
        note=_note(multiplies, names, alias, pairs, kind),
    )


def _kind(join: exp.Join) -> str:
    if join.side:
        return str(join.side).upper()
    has_condition = join.args.get("on") is not None or join.args.get("using")
    return "INNER" if has_condition and str(join.kind).upper() != "CROSS" else "CROSS"


def _pair(
    part: exp.Expr, left: Mapping[str, Shape], alias: str, right: Shape
) -> tuple[str, str, str] | None:
    """Left alias, its column and the right column of `l.a = r.b`; None for anything else."""
    part = _null_safe(part)
    if not isinstance(part, exp.EQ):
        return None
    a, b = _column(part.this), _column(part.expression)
    if a is None or b is None:
        return None
    owner_a, owner_b = (_owner(c, left, alias, right) for c in (a, b))
    if owner_a == alias and owner_b and owner_b != alias:
        a, b, owner_a = b, a, owner_b
    elif owner_b != alias or not owner_a or owner_a == alias:
        return None
    return owner_a, a.name.lower(), b.name.lower()


def _null_safe(part: exp.Expr) -> exp.Expr:
    """`a = b` out of `(a = b OR (a IS NULL AND b IS NULL))`; any other condition as it is."""
    if not isinstance(part, exp.Or):
        return part
    for equal, other in ((part.left, part.right), (part.right, part.left)):
        both = [plain(c) for c in conditions_of(other)]
        nulls = [c.this for c in both if isinstance(c, exp.Is)]
        found = plain(equal)
        if isinstance(found, exp.EQ) and len(nulls) == len(both) == 2:
            sides = {found.this.sql("amc"), found.expression.sql("amc")}
            if sides == {n.sql("amc") for n in nulls}:
                return found
    return part


def _column(node: exp.Expr) -> exp.Column | None:
    """The column of one side, also in brackets, in a CAST, or a number of rows away (`n - 1`)."""
    while not isinstance(node, exp.Column):
        shifted = isinstance(node, exp.Add | exp.Sub) and isinstance(node.expression, exp.Literal)
        if not shifted and not isinstance(node, exp.Paren | exp.Cast):
            return None
        node = node.this
    return node


def _owner(column: exp.Column, left: Mapping[str, Shape], alias: str, right: Shape) -> str:
    table, name = column.table.lower(), column.name.lower()
    if table:
        return table if table == alias or table in left else ""
    if name in right.columns:
        return alias
    return next((a for a, s in left.items() if name in s.columns), "")


def _left_unique(
    left: Mapping[str, Shape], pairs: list[tuple[str, str, str]], fixed: Fixed, right: Shape
) -> bool:
    """Whether each right row meets one left row at most."""
    if len(left) != 1:
        return all(s.is_single for s in left.values())
    name, shape = next(iter(left.items()))
    given = {c for a, c, _ in pairs if a == name}
    return shape.is_unique_by(given | fixed.of(name, shape, [shape, right]))


def _multiplies(*, left_unique: bool, right_unique: bool) -> str:
    if left_unique and right_unique:
        return ""
    if right_unique:
        return "right"
    return "left" if left_unique else "both"


def _note(
    multiplies: str, left: str, right: str, pairs: list[tuple[str, str, str]], kind: str
) -> str:
    if kind == "CROSS" and multiplies == "both":
        return f"Every row of {left} meets every row of {right}."
    keys = in_words(dict.fromkeys(r for _, _, r in pairs))
    if multiplies == "both":
        return (
            f"Several rows of {left} may meet several of {right} with the same {keys}: sums count "
            "them again and again. Aggregate one side before the join."
        )
    if multiplies == "left":
        return f"A row of {left} repeats when several rows of {right} have its {keys}."
    return ""


def _text(node: exp.Expr) -> str:
    text = node.sql("amc", comments=False)
    return text if len(text) <= 120 else text[:117] + "..."
