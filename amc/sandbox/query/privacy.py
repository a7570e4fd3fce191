"""AMC's privacy rules as SQL around a computed result.

The result lies in a table: the output columns `c1 …` and the hidden columns with the users behind
them. A row must have, behind everything it shows, as many distinct users as the strictest of its
columns asks for; users behind a figure are those with a part in it, and a figure that nobody has a
part in asks for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from amc.sandbox.query.output import Behind, OutputColumn
from amc.sandbox.query.people import CAP

RESULT = "__amc_result"


def place(number: int) -> str:
    """The name of the n-th output column (from 0) in the result table."""
    return f"c{number + 1}"


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of a result.

    Attributes:
        columns: the output columns.
        row: the hidden columns with the users behind a row as a whole.
        row_label: the data source for reasons about the row.
        cap: how far hidden sets count (2 or 100).
        merging: values are removed and rows brought together; else rows are removed.
    """

    columns: tuple[OutputColumn, ...]
    row: tuple[Behind, ...] = ()
    row_label: str = ""
    cap: int = 2
    merging: bool = False
    discriminator: str = ""
    user_count: str = ""
    reason: str = ""

    @property
    def required(self) -> int:
        """The users that a row needs."""
        return max((column.level.required for column in self.columns), default=1)

    @property
    def hidden(self) -> tuple[Behind, ...]:
        """All hidden columns, once each."""
        found = [behind for column in self.columns for behind in column.behind]
        return tuple(dict.fromkeys([*found, *self.row]))

    @property
    def extra(self) -> tuple[OutputColumn, ...]:
        """The columns that AMC adds."""
        named = (
            (self.discriminator, "BOOLEAN"),
            (self.user_count, "BIGINT"),
            (self.reason, "VARCHAR"),
        )
        return tuple(OutputColumn(name, kind) for name, kind in named if name)

    def count(self, behind: Behind) -> str:
        """How many users a hidden column holds, up to the cap."""
        first, last = (f'"{name}"' for name in (behind.names[0], behind.names[-1]))
        if behind.kind == "one":
            return f"CASE WHEN {first} IS NULL THEN 0 ELSE 1 END"
        if behind.kind == "pair":
            return f"CASE WHEN {first} IS NULL THEN 0 WHEN {first} = {last} THEN 1 ELSE 2 END"
        if behind.kind == "count":
            return f"COALESCE({first}, 0)"
        return f"COALESCE(list_count(list_distinct({first})), 0)"

    def standard(self) -> list[tuple[str, str]]:
        """Counts and labels of who stands behind what a row is about."""
        behind = [
            (users, column.label)
            for column in self.columns
            if not column.metric
            for users in column.behind
        ] or [(users, self.row_label) for users in self.row]
        return [(self.count(users), label) for users, label in dict(behind).items()]

    def effective(self) -> list[tuple[str, str]]:
        """Counts and labels of who has a part in the figures."""
        behind = {
            u: column.label for column in self.columns if column.metric for u in column.behind
        }
        return [(self.count(users), label) for users, label in behind.items()]

    def equivalent(self, required: int) -> list[tuple[str, str]]:
        """Equivalent users, whole and up to 2, and labels; where rows need 100 users."""
        if required < CAP:
            return []
        return [
            (f'least(trunc("{column.equivalent}"), 2)::INTEGER', column.label)
            for column in self.columns
            if column.equivalent
        ]

    def fails(self, required: int) -> str:
        """Whether a row has too few users."""
        standard, effective = self.standard(), self.effective()
        conditions = [f"{count} BETWEEN 1 AND {required - 1}" for count, _ in standard + effective]
        if standard:
            conditions.append(f"greatest({', '.join(count for count, _ in standard)}) = 0")
        elif effective:
            conditions.append(f"greatest({', '.join(count for count, _ in effective)}) = 0")
        conditions += [f"COALESCE({count} < 2, FALSE)" for count, _ in self.equivalent(required)]
        return " OR ".join(f"({condition})" for condition in conditions) or "FALSE"

    def users(self) -> str:
        """The user count that AMC used: the smallest, capped at the requirement."""
        counts = [f"NULLIF({count}, 0)" for count, _ in self.standard() + self.effective()]
        if not counts:
            return "CAST(NULL AS BIGINT)"
        return f"least(COALESCE(least({', '.join(counts)}), 0), {self.required})::BIGINT"

    def why(self, required: int) -> str:
        """The most standard reason with the smallest count, as a struct that orders itself."""
        candidates = [
            f"CASE WHEN {count} < {required} AND ({kind} = 0 OR {count} > 0) THEN "
            f"{{'k': {kind}, 'n': {count}, 's': {_text(label)}, 'q': {required}}} END"
            for kind, counts in ((0, self.standard()), (1, self.effective()))
            for count, label in counts
        ]
        candidates += [
            f"CASE WHEN {count} < 2 THEN {{'k': 2, 'n': {count}, 's': {_text(label)}, 'q': 2}} END"
            for count, label in self.equivalent(required)
        ]
        if not candidates:
            return _NO_REASON
        return f"list_min([{', '.join(candidates)}])"


_NO_REASON = "CAST(NULL AS STRUCT(k INTEGER, n INTEGER, s VARCHAR, q INTEGER))"
_REASON = (
    "why.n || ' ' || why.s || CASE why.k WHEN 1 THEN ' effective' WHEN 2 THEN ' equivalent' "
    "ELSE '' END || ' users < ' || why.q || ' required'"
)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def kept_sql(rules: Rules) -> str:
    """The rows that AMC shows, from the result table."""
    if rules.merging:
        return _merged(rules)
    shown = [place(number) for number in range(len(rules.columns))]
    if rules.discriminator:
        shown.append("FALSE")
    if rules.user_count:
        shown.append(rules.users())
    if rules.reason:
        shown.append("CAST(NULL AS VARCHAR)")
    condition = f" WHERE NOT ({rules.fails(rules.required)})" if rules.required > 1 else ""
    return f"SELECT {', '.join(shown)} FROM {RESULT}{condition}"  # noqa: S608 - names are ours


def touched_sql(rules: Rules) -> str:
    """How many rows of the result have too few users."""
    condition = rules.fails(rules.required) if rules.required > 1 else "FALSE"
    return f"SELECT count(*) FROM {RESULT} WHERE {condition}"  # noqa: S608 - names are ours


def _merged(rules: Rules) -> str:
    """Values removed level by level, the strictest first, and rows brought together."""
    hidden = ", ".join(
        [*_as_sets(rules), *(f'"{c.equivalent}"' for c in rules.columns if c.equivalent)]
    )
    columns = ", ".join(place(number) for number in range(len(rules.columns)))
    steps = [
        f"s0 AS (SELECT {columns}{', ' + hidden if hidden else ''}, FALSE AS removed, "  # noqa: S608
        f"{_NO_REASON} AS why FROM {RESULT})"
    ]
    sets = _SetRules.of(rules)
    levels = sorted({c.level.required for c in rules.columns if c.level.required > 1}, reverse=True)
    for number, required in enumerate(levels):
        steps += _step(sets, number, required)
    shown = [columns]
    if rules.discriminator:
        shown.append("removed")
    if rules.user_count:
        shown.append(sets.users())
    if rules.reason:
        shown.append(_REASON)
    return f"WITH {', '.join(steps)} SELECT {', '.join(shown)} FROM s{len(levels)}"  # noqa: S608


class _SetRules(Rules):
    """The rules over sets alone."""

    @classmethod
    def of(cls, rules: Rules) -> "_SetRules":
        def many(behind: Sequence[Behind]) -> tuple[Behind, ...]:
            return tuple(
                Behind("pair", (users.names[0], users.names[0] + "_high"))
                if users.kind == "one" and rules.cap <= 2
                else Behind("set" if users.kind == "one" else users.kind, users.names)
                for users in behind
            )

        columns = tuple(replace(column, behind=many(column.behind)) for column in rules.columns)
        return cls(
            columns, many(rules.row), rules.row_label, rules.cap, merging=True,
            discriminator=rules.discriminator, user_count=rules.user_count, reason=rules.reason,
        )  # fmt: skip


def _as_sets(rules: Rules) -> list[str]:
    forms = []
    for behind in rules.hidden:
        names = [f'"{name}"' for name in behind.names]
        if behind.kind != "one":
            forms += names
        elif rules.cap <= 2:
            forms += [names[0], f'{names[0]} AS "{behind.names[0]}_high"']
        else:
            forms.append(f"[{names[0]}] AS {names[0]}")
    return forms


def _step(rules: Rules, number: int, required: int) -> list[str]:
    """Two steps of SQL: which rows fail, and the same rows without what they may not show."""
    names = [place(n) for n in range(len(rules.columns))]
    hidden = [f'"{name}"' for behind in rules.hidden for name in behind.names]
    values, keys = [], []
    for name, column in zip(names, rules.columns, strict=True):
        if column.level.required >= required:
            values.append(f"CAST(NULL AS {column.duckdb_type}) AS {name}")
        elif column.metric and column.is_number:
            values.append(f"CAST({column.merge}({name}) AS {column.duckdb_type}) AS {name}")
        else:
            values.append(name)
            keys.append(name)
    values += [together for behind in rules.hidden for together in _together(behind, rules.cap)]
    bad = f"b{number + 1}"
    group = f" GROUP BY {', '.join(keys)}" if keys else " HAVING count(*) > 0"
    same = ", ".join([*names, *hidden, "removed", "why"])
    return [
        f"{bad} AS (SELECT *, {rules.fails(required)} AS bad, {rules.why(required)} AS now "  # noqa: S608
        f"FROM s{number})",
        f"s{number + 1} AS (SELECT {same} FROM {bad} WHERE NOT bad UNION ALL "  # noqa: S608
        f"SELECT {', '.join(values)}, TRUE, min(COALESCE(why, now)) FROM {bad} WHERE bad{group})",
    ]


def _together(behind: Behind, cap: int) -> list[str]:
    """The users of several rows."""
    first, last = (f'"{name}"' for name in (behind.names[0], behind.names[-1]))
    if behind.kind == "pair":
        return [f"min({first}) AS {first}", f"max({last}) AS {last}"]
    return [f"list_slice(list_distinct(flatten(list({first}))), 1, {cap}) AS {first}"]
