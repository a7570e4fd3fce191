"""Instances in a list, their tags and brands; sync; sets."""

from datetime import datetime
from typing import Any, cast

import pandas as pd
import streamlit as st

from amc.auth.roles import Role
from amc.errors import AmcError
from amc.services.views import InstanceView
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.errors import show
from amc.ui.widgets.instance_detail import access_words, draw_detail, draw_test


def draw_sync(desk: Desk) -> None:
    """The sync button and what the last sync found."""
    row = st.container(horizontal=True, vertical_alignment="center")
    clicked = row.button(
        "Sync with Amazon",
        icon=":material/sync:",
        key=keys.SYNC,
        disabled=not desk.may(Role.ANALYST),
    )
    if clicked:
        bar = st.progress(0.0, "Asking Amazon for accounts and instances …")

        def tell(done: int, total: int) -> None:
            bar.progress(done / max(total, 1), f"Data sources of {done} of {total} instances")

        try:
            difference = desk.instances.sync_with_sources(desk.actor, progress=tell)
        except AmcError as exc:
            show(exc, where="sync")
            return
        finally:
            bar.empty()
        st.session_state[keys.SYNC_RESULT] = difference
    found = st.session_state.pop(keys.SYNC_RESULT, None)
    if found:
        st.success(found.words, icon=":material/check_circle:")
        for name, reason in {**found.failed, **found.lost_access, **found.unasked}.items():
            st.warning(f"{text.esc_md(name)}: {text.esc_md(reason)}", icon=":material/warning:")
    last = desk.instances.last_syncs(1)
    if last:
        at = text.instant(datetime.fromisoformat(last[0]["at"]), desk.zone)
        row.caption(f"Last sync {at} by {text.esc_md(last[0]['by'])}")
    else:
        row.caption("Not synced yet.")


def draw_instances(desk: Desk) -> None:
    """The list with its filters, and the editor for what is chosen."""
    rows = _filtered(desk)
    if not rows:
        st.info("No instance fits, or none is known yet: sync first.", icon=":material/info:")
        return
    noun = text.count(len(rows), "instance")
    st.caption(f"{noun}. Choose one to see all of it, or several to change them.")
    chosen = st.dataframe(
        pd.DataFrame([_row(r, desk.zone) for r in rows]),
        hide_index=True,
        width="stretch",
        height=460,
        key=keys.INSTANCES_TABLE,
        on_select="rerun",
        selection_mode="multi-row",
    )
    picked = [rows[i] for i in cast("Any", chosen).selection.rows if i < len(rows)]
    draw_test(desk, picked)
    if len(picked) == 1:
        draw_detail(desk, picked[0].instance_id)
    if picked:
        _edit(desk, picked)


def _row(row: InstanceView, zone: str) -> dict[str, Any]:
    return {
        "★": "★" if row.favourite else "",
        "Name": row.name,
        "Id": row.instance_id,
        "Type": row.type.title(),
        "Account": row.account_name,
        "Region": row.region,
        "Brand": row.brand,
        "Tags": ", ".join(row.tags),
        "State": access_words(row.access)
        if row.access != "ok"
        else "● Active"
        if row.active
        else "■ Inactive",
        "Created": text.instant(row.created_at, zone),
    }


def _filtered(desk: Desk) -> list[InstanceView]:
    everything = desk.instances.all()
    first, second, third, fourth = st.columns([3, 2, 2, 2])
    words = (
        first.text_input(
            "Search",
            key=keys.INSTANCES_TEXT,
            placeholder="name, id, brand, tag",
            bind="query-params",
        )
        .strip()
        .lower()
    )
    names = {r.account_id: r.account_name for r in everything}
    account = second.selectbox(
        "Account",
        ["", *names],
        key=keys.INSTANCES_ACCOUNT,
        bind="query-params",
        format_func=lambda i: names.get(i, "All accounts"),
    )
    kinds = sorted({r.type for r in everything})
    kind = third.selectbox(
        "Type",
        ["", *kinds],
        key=keys.INSTANCES_TYPE,
        bind="query-params",
        format_func=lambda k: k.title() or "All types",
    )
    states = ["All", "Active", "Inactive", "Favourites", "No access"]
    state = fourth.selectbox("State", states, key=keys.INSTANCES_STATE, bind="query-params")
    return [
        r
        for r in everything
        if (not words or words in " ".join([r.name, r.instance_id, r.brand, *r.tags]).lower())
        and account in ("", r.account_id)
        and kind in ("", r.type)
        and _in_state(r, state)
    ]


def _in_state(row: InstanceView, state: str) -> bool:
    return {
        "Active": row.active,
        "Inactive": not row.active,
        "Favourites": row.favourite,
        "No access": row.access != "ok",
    }.get(state, True)


def _edit(desk: Desk, picked: list[InstanceView]) -> None:
    first = picked[0]
    with st.form(keys.INSTANCES_FORM):
        names = text.esc_md(", ".join(p.name for p in picked[:3]))
        more = f" and {len(picked) - 3} more" if len(picked) > 3 else ""
        st.markdown(f"**Change {names}{more}**")
        left, middle, right = st.columns(3)
        tags = left.text_input("Tags (comma-separated)", ", ".join(first.tags))
        brand = middle.text_input("Brand", first.brand)
        active = right.toggle("Active", first.active)
        favourite = right.toggle("Favourite", first.favourite)
        saved = st.form_submit_button(
            f"Save for {text.count(len(picked), 'instance')}",
            disabled=not desk.may(Role.ANALYST),
        )
    if saved:
        desk.instances.edit(
            desk.actor,
            [p.instance_id for p in picked],
            tags=tags.split(","),
            brand=brand,
            active=active,
            favourite=favourite,
        )
        st.rerun()


def draw_sets(desk: Desk) -> None:
    """Instance sets: what there is, and a form for a new one."""
    sets = desk.instances.sets()
    if sets:
        st.dataframe(
            pd.DataFrame(
                [
                    {
                        "Set": s.name,
                        "Instances": len(s.members),
                        "Chosen by": s.rule_words or "hand",
                    }
                    for s in sets
                ]
            ),
            hide_index=True,
            width="stretch",
        )
    else:
        st.info(
            "No set yet. A set is a named group of instances to run on.", icon=":material/info:"
        )
    _new_set(desk)
    if sets:
        _remove_set(desk, [s.name for s in sets])


def _new_set(desk: Desk) -> None:
    everything = desk.instances.all()
    names = {r.instance_id: f"{r.name} ({r.instance_id})" for r in everything}
    brands = sorted({r.brand for r in everything if r.brand})
    tags = sorted({t for r in everything for t in r.tags})
    sources = sorted({name for k in desk.instances.known() for name in k.sources or ()})
    with st.form(keys.SET_FORM, clear_on_submit=True):
        st.markdown("**Make or change a set**")
        name = st.text_input("Name", max_chars=120)
        members = st.multiselect("Instances", list(names), format_func=lambda i: names[i])
        st.caption("… or by a rule; everything that is filled in must hold:")
        accounts = {r.account_id: r.account_name for r in everything}
        types = sorted({r.type for r in everything})
        above, below = st.columns(3), st.columns(2)  # five beside each other are cut at 900 px
        rule = {
            "brand": _choice(above[0], "Brand", {b: b for b in brands}),
            "account_id": _choice(above[1], "Account", accounts),
            "type": _choice(above[2], "Type", {t: t.title() for t in types}),
            "tag": _choice(below[0], "Tag", {t: t for t in tags}),
            "has_source": _choice(below[1], "Has data source", {s: s for s in sources}),
        }
        saved = st.form_submit_button("Save the set", disabled=not desk.may(Role.ANALYST))
    if saved:
        filled = {key: value for key, value in rule.items() if value}
        desk.instances.save_set(desk.actor, name, members=members, rule=filled or None)
        st.rerun()


def _choice(where: "st.delta_generator.DeltaGenerator", label: str, words: dict[str, str]) -> str:
    """One value of a rule; empty for any."""
    return str(
        where.selectbox(label, ["", *words], format_func=lambda value: words.get(value, "any"))
    )


def _remove_set(desk: Desk, names: list[str]) -> None:
    with st.expander("Remove a set"):
        name = st.selectbox("Set", names, key=keys.SET_REMOVE)
        if st.button("Remove", key=keys.SET_REMOVE_BUTTON, disabled=not desk.may(Role.ANALYST)):
            desk.instances.remove_set(desk.actor, name)
            st.rerun()
