"""One instance with everything that is known of it; and whether Amazon lets us in."""

import pandas as pd
import streamlit as st

from amc.auth.roles import Role
from amc.errors import AmcError
from amc.services.access import WORDS, AccessVerdict
from amc.services.instance_views import InstanceDetail
from amc.services.views import InstanceView
from amc.ui import keys, text
from amc.ui.desk import Desk
from amc.ui.errors import show

_ICONS = {"ok": "✓", "later": "◐"}


def access_words(state: str) -> str:
    """Whether Amazon lets us in, by a sign and words."""
    return f"{_ICONS.get(state, '✕')} {WORDS.get(state, state)}"


def draw_test(desk: Desk, chosen: list[InstanceView]) -> None:
    """A test of the chosen instances, or of all in use: a verdict each and what to do."""
    what = text.count(len(chosen), "instance") if chosen else "all instances"
    clicked = st.button(
        f"Test access to {what}",
        icon=":material/network_check:",
        key=keys.INSTANCES_TEST,
        disabled=not desk.may(Role.ANALYST),
        help="Asks Amazon for something small of each.",
    )
    if clicked:
        bar = st.progress(0.0, "Asking Amazon …")

        def tell(done: int, total: int) -> None:
            bar.progress(done / max(total, 1), f"{done} of {total} instances tested")

        wanted = [i.instance_id for i in chosen] or None
        try:
            st.session_state[keys.INSTANCES_TESTED] = desk.instances.test(
                desk.actor, wanted, progress=tell
            )
        except AmcError as exc:
            show(exc, where="test")
        finally:
            bar.empty()
    verdicts: list[AccessVerdict] = st.session_state.get(keys.INSTANCES_TESTED) or []
    if verdicts:
        _verdicts(verdicts)


def _verdicts(verdicts: list[AccessVerdict]) -> None:
    bad = [v for v in verdicts if not v.fine]
    if not bad:
        st.success(
            f"Amazon answers for {text.count(len(verdicts), 'instance')}.",
            icon=":material/check_circle:",
        )
        return
    st.warning(
        f"{len(bad):,} of {text.count(len(verdicts), 'instance')} cannot be used now.",
        icon=":material/warning:",
    )
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "Instance": v.name,
                    "Verdict": access_words(v.state),
                    "Why": v.reason,
                    "What to do": v.to_do,
                }
                for v in bad
            ]
        ),
        hide_index=True,
        width="stretch",
    )


def draw_detail(desk: Desk, instance_id: str) -> None:
    """Everything about one instance: facts, advertisers, data sources, history."""
    found = desk.instances.detail(instance_id)
    with st.container(border=True):
        head = st.container(horizontal=True, vertical_alignment="center")
        head.markdown(f"**{text.esc_md(found.instance.name)}** ({text.esc_md(instance_id)})")
        asked = head.button(
            "Ask Amazon again",
            icon=":material/refresh:",
            key=keys.INSTANCE_REFRESH,
            disabled=not desk.may(Role.ANALYST),
        )
        if asked:
            with st.spinner("Asking Amazon …"):
                try:
                    desk.instances.refresh_details(desk.actor, instance_id)
                except AmcError as exc:
                    show(exc, where="instance")
            found = desk.instances.detail(instance_id)
        if found.to_do:
            reason = found.instance.access_reason
            st.error(text.esc_md(found.to_do), title=text.esc_md(reason or "No access"))
        _facts(found, desk.zone)
        _advertisers(found, desk.zone)
        _sources(desk, instance_id)
        _history(desk, instance_id)


def _facts(found: InstanceDetail, zone: str) -> None:
    row = found.instance
    facts = {
        "Type": row.type.title(),
        "Access": access_words(row.access),
        "Account": f"{row.account_name} ({row.account_id})",
        "Region": row.region,
        "Marketplace": row.marketplace_id,
        "Advertiser": row.customer_name,
        "Created at Amazon": text.instant(row.created_at, zone),
        "Set-up at Amazon": row.creation_status.title(),
        "S3 bucket": " ".join(p for p in (found.s3_bucket, found.s3_region) if p),
        "Subscribed data sets": ", ".join(found.optional_datasets),
        "Advertiser types": ", ".join(found.advertiser_types),
        "First seen": text.instant(found.first_seen_at, zone),
        "Last seen": text.instant(found.last_seen_at, zone),
    }
    left, right = st.columns(2)
    lines = [f"{name}: **{text.esc_md(value or '–')}**" for name, value in facts.items()]
    half = -(-len(lines) // 2)
    left.markdown("  \n".join(lines[:half]))
    right.markdown("  \n".join(lines[half:]))


def _advertisers(found: InstanceDetail, zone: str) -> None:
    if found.advertisers is None:
        st.caption("Nobody has asked Amazon for its advertisers yet; the scheduler will.")
        return
    noun = text.count(len(found.advertisers), "advertiser")
    with st.expander(f"{noun} (asked {text.instant(found.advertisers_at, zone)})"):
        st.dataframe(
            pd.DataFrame(
                [
                    {"Name": a.name, "Id": a.id, "Type": a.type, "Marketplace": a.marketplace_id}
                    for a in found.advertisers
                ],
                columns=["Name", "Id", "Type", "Marketplace"],
            ),
            hide_index=True,
            width="stretch",
        )


def _sources(desk: Desk, instance_id: str) -> None:
    sources = desk.instances.stored_sources(instance_id)
    if sources is None:
        st.caption("Nobody has asked Amazon for its data sources yet; the scheduler will.")
        return
    with st.expander(text.count(len(sources), "data source")):
        st.dataframe(
            pd.DataFrame(
                [
                    {
                        "Data source": s.name,
                        "State": "✓ can be queried" if s.available else f"✕ {s.reason or 'closed'}",
                        "Subscription": "needed" if s.premium else "",
                        "Columns": len(s.columns),
                        "About": s.description,
                    }
                    for s in sources
                ],
                columns=["Data source", "State", "Subscription", "Columns", "About"],
            ),
            hide_index=True,
            width="stretch",
        )


def _history(desk: Desk, instance_id: str) -> None:
    changes = desk.instances.history(instance_id)
    with st.expander(f"History ({len(changes)})"):
        if not changes:
            st.caption("Nothing has changed since it was first seen.")
            return
        st.dataframe(
            pd.DataFrame(
                [
                    {"When": text.instant(c.at, desk.zone), "What": c.text, "By": c.by}
                    for c in changes
                ]
            ),
            hide_index=True,
            width="stretch",
        )
