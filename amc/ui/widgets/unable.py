"""Instances that cannot run what is asked: named under their reasons, left out with one click."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from amc.services.executions import Prepared
from amc.services.views import LeftOut
from amc.ui import keys, text

_NAMES = 6  # of one reason, before the list goes on below
_REASONS = 4


def left_out(place: str) -> tuple[str, ...]:
    """The instances that were left out with the button, on this tab."""
    found: tuple[str, ...] = st.session_state.get(f"{keys.LEFT_OUT}.{place}") or ()
    return found


def draw_unable(prepared: Prepared, place: str) -> Prepared:
    """What is left to run on; says who cannot run it and why, and offers to leave them out.

    What was left out stays so for these instances: when another text leaves others unable, the
    question is asked anew.
    """
    unable = {t.instance.instance_id for t in prepared.unable}
    if not unable:
        return prepared
    key = f"{keys.LEFT_OUT}.{place}"
    if len(unable) == len(prepared.targets):
        _say(prepared)
        return prepared
    if unable <= set(left_out(place)):
        kept = prepared.without_unable(unable)
        row = st.container(horizontal=True, vertical_alignment="center")
        row.caption(_left(kept.left_out))
        row.button(
            "Take them in again", icon=":material/undo:", key=f"{keys.TAKE_IN}.{place}",
            on_click=_keep, args=(key, ()),
        )  # fmt: skip
        return kept
    _say(prepared)
    st.button(
        f"Leave {'this one' if len(unable) == 1 else f'these {len(unable)}'} out",
        icon=":material/remove_circle:",
        key=f"{keys.LEAVE_OUT}.{place}",
        on_click=_keep,
        args=(key, tuple(sorted(unable))),
        help="The run goes to the others; the run says who was left out and why.",
    )
    return prepared


def draw_left_out(entries: Sequence[LeftOut]) -> None:
    """Who was left out of a run, and why."""
    if entries:
        st.caption(_left(entries))


def _keep(key: str, ids: tuple[str, ...]) -> None:
    st.session_state[key] = ids


def _left(entries: Sequence[LeftOut]) -> str:
    reasons: dict[str, list[str]] = {}
    for entry in entries:
        reasons.setdefault(entry.reason, []).append(entry.instance_id)
    told = "; ".join(
        f"{text.esc_md(reason)}: {_listed([text.esc_md(i) for i in ids])}"
        for reason, ids in reasons.items()
    )
    return f"Left out {text.count(len(entries), 'instance')}: {told}."


def _say(prepared: Prepared) -> None:
    number, total, reasons = len(prepared.unable), len(prepared.targets), prepared.reasons()
    lines = []
    for reason, instances in list(reasons.items())[:_REASONS]:
        names = [
            text.esc_md(i.name if i.name == i.instance_id else f"{i.name} ({i.instance_id})")
            for i in instances
        ]
        lines.append(f"- {text.esc_md(reason)}: {_listed(names)}")
    if len(reasons) > _REASONS:
        lines.append(f"- and {len(reasons) - _REASONS} other reasons")
    st.error(
        f"{number} of {text.count(total, 'instance')} cannot run this:\n" + "\n".join(lines),
        icon=":material/block:",
    )
    if number > _NAMES:
        with st.expander(f"All {number} that cannot run this"):
            st.dataframe(
                pd.DataFrame(
                    [
                        {
                            "Instance": t.instance.name,
                            "Id": t.instance.instance_id,
                            "Why": t.problem,
                        }
                        for t in prepared.unable
                    ]
                ),
                hide_index=True,
                width="stretch",
                height=min(320, 38 + 35 * number),
            )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more
