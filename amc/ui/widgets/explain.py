"""What a query reads, gives out, hides and costs, before anything is sent."""

from collections.abc import Sequence

import streamlit as st

from amc.sql.explain import Cost, Explanation, JoinRead, OutputColumn, ParameterUse, SourceRead
from amc.ui import keys
from amc.ui.text import count, esc_md

_LAST = f"{keys.SQL_EXPLAIN}.last"
_COSTS = {
    "small": ("green", ":material/speed: light"),
    "medium": ("orange", ":material/speed: medium"),
    "large": ("red", ":material/speed: heavy"),
}
_JOIN_WORDS = {"both": "both sides", "left": "the left side", "right": "the right side"}


def draw_explanation(present: Explanation | None, *, faulty: bool = False) -> None:
    """The panel under the editor; it says so when errors make it less than certain.

    While a text cannot be read (it is being written), the last explanation stays and says so.
    """
    if present is not None:
        st.session_state[_LAST] = present
    found: Explanation | None = st.session_state.get(_LAST)
    if found is None:
        st.caption("Explained here as soon as it can be read.")
        return
    st.markdown(_summary(found) + (" :gray[as far as can be told with errors]" if faulty else ""))
    with st.expander("What this query does", icon=":material/search_insights:",
                     key=keys.SQL_EXPLAIN):  # fmt: skip
        if present is None:
            st.caption("Of the text as it last could be read.")
        _draw(found)


def _summary(found: Explanation) -> str:
    colour, words = _COSTS[found.cost.level]
    grain = esc_md(found.grain_text[:1].upper() + found.grain_text[1:])
    return (
        f"**{grain}** · reads {count(len(found.source_names), 'data source')} · "
        f"{_needs(found)} :{colour}-badge[{words}]"
    )


def _needs(found: Explanation) -> str:
    if found.users_needed is None:
        return "a column is :red-badge[:material/visibility_off: never shown]"
    if found.users_needed <= 1:
        return "nothing is hidden"
    return f"a row is shown in full from **{found.users_needed} users** on"


def _draw(found: Explanation) -> None:
    _output(found.output)
    _sources(found.sources)
    if found.joins:
        _joins(found.joins)
    if found.parameters:
        _parameters(found.parameters)
    _cost(found.cost)


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    st.markdown(f"**{title}**\n\n" + "\n".join(lines))


def _output(columns: Sequence[OutputColumn]) -> None:
    rows = [
        [
            f"`{_code(c.name)}`",
            esc_md(" ".join(p for p in (c.type, f"({c.unit})" if c.unit else "") if p)) or "–",
            _hidden(c),
            esc_md(c.why),
        ]
        for c in columns
    ]
    _table("Columns of the result", ["Column", "Type", "Shown from", "Why"], rows)


def _hidden(column: OutputColumn) -> str:
    if column.users_needed is None:
        return ":red-badge[:material/visibility_off: never]"
    if not column.can_be_hidden:
        return ":green-badge[:material/visibility: always]"
    colour = "orange" if column.users_needed >= 100 else "blue"
    return f":{colour}-badge[:material/group: {column.users_needed} users]"


def _sources(reads: Sequence[SourceRead]) -> None:
    rows = [
        [
            f"`{_code(r.name)}`" + (" :violet-badge[paid]" if r.paid else ""),
            f"`{_code(r.alias)}`" if r.alias != r.name else "",
            str(r.line),
            esc_md(r.window) + (f" (by `{_code(r.window_column)}`)" if r.window_column else ""),
        ]
        for r in reads
    ]
    _table("Data sources", ["Data source", "As", "Line", "Reads"], rows)


def _joins(joins: Sequence[JoinRead]) -> None:
    rows = [
        [
            str(j.line),
            f"{j.kind} `{_code(j.left)}` – `{_code(j.right)}`",
            "; ".join(f"`{_code(part)}`" for part in (*j.keys, *j.conditions)) or "every row",
            f":orange-badge[:material/warning: repeats {_JOIN_WORDS[j.multiplies]}] "
            + esc_md(j.note)
            if j.multiplies
            else ":green-badge[:material/check: rows stay single]",
        ]
        for j in joins
    ]
    _table("Joins", ["Line", "Join", "On", "Effect"], rows)


def _parameters(parameters: Sequence[ParameterUse]) -> None:
    rows = [
        [
            f"`{_code(p.name)}`",
            esc_md(p.type) + ("" if p.certain else " (the value decides)"),
            "bound into the text" if p.placeholder else "sent beside the text",
            esc_md("; ".join(p.uses)),
        ]
        for p in parameters
    ]
    _table("Parameters", ["Name", "Type", "How", "Used for"], rows)


def _cost(cost: Cost) -> None:
    colour, words = _COSTS[cost.level]
    reasons = "\n".join(f"- {esc_md(reason)}" for reason in cost.reasons)
    st.markdown(f"**Likely cost** :{colour}-badge[{words}]\n\n{reasons}")


def _code(text: str) -> str:
    """For a cell in code letters: nothing in it ends the cell or the code."""
    return text.replace("`", "'").replace("|", "¦").replace("\n", " ")
