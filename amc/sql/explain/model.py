"""What `explain` says of a query: plain data, for the command line, the editor's panel and JSON."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

CostLevel = Literal["small", "medium", "large"]


@dataclass(frozen=True, slots=True)
class SourceRead:
    """One read of a data source.

    Attributes:
        name: of the data source, in lower case.
        alias: the name it has in the query.
        line: where it is read, from 1.
        kind: FACT, DIMENSION, or "unknown" when no catalog knows it.
        paid: whether it needs a subscription.
        window_column: the time by which its rows are cut; None when they are not.
        before_s: how much earlier than the run's window this read begins, in seconds.
        after_s: how much later it ends, in seconds.
        window: the same in words.
        available: False when the instance is known not to have it.
    """

    name: str
    alias: str
    line: int
    kind: str
    paid: bool
    window_column: str | None
    before_s: int
    after_s: int
    window: str
    available: bool = True


@dataclass(frozen=True, slots=True)
class JoinRead:
    """One join.

    Attributes:
        kind: INNER, LEFT, FULL or CROSS (a comma is a CROSS join with its conditions in WHERE).
        left, right: the names of both sides; of the left one, what it is joined with.
        line: where it stands, from 1.
        keys: pairs of columns that must be equal, as written: `c.user_id = i.user_id`.
        conditions: other conditions, as written.
        many_to_many: whether rows of both sides may meet several rows of the other.
        multiplies: whose rows may repeat: "", "left", "right" or "both".
        note: the same in words; empty when nothing repeats.
    """

    kind: str
    left: str
    right: str
    line: int
    keys: tuple[str, ...]
    conditions: tuple[str, ...]
    many_to_many: bool
    multiplies: str
    note: str


@dataclass(frozen=True, slots=True)
class ParameterUse:
    """A parameter and where it is used.

    Attributes:
        name: case-sensitive.
        type: `LONG`, `ARRAY[STRING]`, …; for a placeholder "literal" or "literals".
        certain: whether its use settles the type; the value decides otherwise.
        placeholder: True for `{{ name }}`, which is bound into the text.
        uses: what it is used for, each with its line: `compared with campaign_id (line 5)`.
    """

    name: str
    type: str
    certain: bool
    placeholder: bool
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """One column of the result.

    Attributes:
        name: as AMC's header has it, in lower case.
        type: AMC's type name; empty when it cannot be known.
        role: DIMENSION or METRIC.
        threshold: the strictest of what it is made of.
        users_needed: how many distinct users a row with it needs: 1, 2 or 100; None when AMC
            never shows it.
        can_be_hidden: whether AMC may remove its values (or rows).
        unit: of money: microcents, millicents or empty.
        why: where the threshold comes from, in words.
    """

    name: str
    type: str
    role: str
    threshold: str
    users_needed: int | None
    can_be_hidden: bool
    unit: str
    why: str


@dataclass(frozen=True, slots=True)
class Cost:
    """How heavy the query likely is, and what makes it so."""

    level: CostLevel
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that can be said of a query before it runs.

    Attributes:
        grain: the output columns that tell its rows apart; empty for one row in total, and when
            nothing does.
        grain_text: what one row of the result is, in words.
        sources: every read of a data source, in the order of the text.
        joins: every join, in the order of the text.
        parameters: the parameters and placeholders, in the order of the text.
        output: the columns of the result.
        users_needed: how many distinct users a row of the result needs (the most that any of
            its columns asks for); None when AMC refuses the query for it.
        cost: how heavy it likely is.
    """

    grain: tuple[str, ...]
    grain_text: str
    sources: tuple[SourceRead, ...]
    joins: tuple[JoinRead, ...]
    parameters: tuple[ParameterUse, ...]
    output: tuple[OutputColumn, ...]
    users_needed: int | None
    cost: Cost

    @property
    def source_names(self) -> tuple[str, ...]:
        """The data sources, each once."""
        return tuple(dict.fromkeys(s.name for s in self.sources))

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values; `sources` has each data source once, `windows` every read."""
        found = asdict(self)
        reads = found.pop("sources")
        once: dict[str, dict[str, Any]] = {}
        for read in reads:
            entry = once.setdefault(
                read["name"],
                {k: read[k] for k in ("name", "kind", "paid", "window_column", "available")}
                | {"reads": 0},
            )
            entry["reads"] += 1
        windows = [
            {"source": r["name"]}
            | {k: r[k] for k in ("alias", "line", "before_s", "after_s", "window")}
            for r in reads
        ]
        return {"sources": list(once.values()), "windows": windows, **found}
