"""An explanation of a query as text for a terminal."""

from amc.cli.output import table
from amc.sql.explain import Explanation, JoinRead


def explained(found: Explanation) -> str:
    """The whole explanation, one part under the other."""
    needed = found.users_needed
    parts = [
        f"Result: {found.grain_text}.",
        "AMC refuses it: a column of the result is never given out."
        if needed is None
        else f"A row needs {needed} user{'s' if needed > 1 else ''}.",
        f"Likely cost: {found.cost.level}.",
        *(f"  - {reason}" for reason in found.cost.reasons),
        "",
        table(
            ("reads", "line", "window"),
            [(_read(s.name, s.alias), s.line, s.window) for s in found.sources],
        ),
    ]
    if found.joins:
        parts += [
            table(("join", "line", "on", "rows that repeat"), [_join(j) for j in found.joins])
        ]
        parts += [f"  {j.note}" for j in found.joins if j.many_to_many]
    if found.parameters:
        used = [(p.name, p.type, "; ".join(p.uses)) for p in found.parameters]
        parts.append(table(("parameter", "type", "used"), used))
    parts.append(
        table(
            ("output", "type", "unit", "threshold", "users", "why"),
            [
                (
                    o.name,
                    o.type,
                    o.unit,
                    o.threshold,
                    "never" if o.users_needed is None else o.users_needed,
                    o.why,
                )
                for o in found.output
            ],
        )
    )
    return "\n".join(parts)


def _read(name: str, alias: str) -> str:
    return name if alias == name else f"{name} {alias}"


def _join(join: JoinRead) -> tuple[str, int, str, str]:
    repeats = {"": "none", "left": join.left, "right": join.right, "both": "both sides"}
    return (
        f"{join.left} {join.kind} {join.right}",
        join.line,
        " AND ".join([*join.keys, *join.conditions]),
        repeats[join.multiplies],
    )
