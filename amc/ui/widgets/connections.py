"""Amazon logins: their state, what they see, what depends on them; connecting another."""

from datetime import UTC, datetime, time

import pandas as pd
import streamlit as st

from amc.auth.roles import Role
from amc.services.connections import REGIONS
from amc.services.views import ConnectionView
from amc.ui import gate, keys, text
from amc.ui.desk import Desk

_STATES = {
    "valid": ":green-badge[:material/check_circle: Works]",
    "retrying": ":orange-badge[:material/sync_problem: Trying again]",
    "needs_person": ":red-badge[:material/error: Needs a person]",
}
_REGION_NAMES = {"NA": "North America", "EU": "Europe", "FE": "Far East"}


def draw_connections(desk: Desk) -> None:
    """Every Amazon login with its state; the accounts they serve; connecting another."""
    admin = desk.may(Role.ADMIN)
    rows = desk.connections.all()
    if not rows:
        st.info(
            "No Amazon login is connected yet."
            + (" Connect one below: its accounts and instances are found right after." * admin),
            icon=":material/info:",
        )
    for row in rows:
        _connection(desk, row, admin=admin)
    if rows:
        _serving(desk, rows, admin=admin)
    if not admin:
        st.caption("An administrator connects and removes logins.")
        return
    _connect(desk)


def _connection(desk: Desk, row: ConnectionView, *, admin: bool) -> None:
    with st.container(border=True):
        left, right = st.columns([3, 2])
        left.markdown(f"**{text.esc_md(row.label)}**  \n{_STATES.get(row.state, row.state)}")
        if row.state_reason:
            left.caption(text.esc_md(row.state_reason))
        ends = f"ends {row.expires_at:%Y-%m-%d}"
        right.markdown(
            f"{_REGION_NAMES.get(row.region, row.region)} · "
            f"{text.count(row.accounts, 'AMC account')}  \n"
            f":gray[Consent {row.consented_at:%Y-%m-%d}, {ends}]"
            + (f"  \n:gray[by {text.esc_md(row.amazon_user)}]" if row.amazon_user else "")
        )
        _discovered(row)
        if admin:
            _actions(desk, row)


def _discovered(row: ConnectionView) -> None:
    found = row.discovered
    if not found:
        return
    if found.get("problem"):
        st.warning(
            text.esc_md(found.get("hint") or "Mend it, then look again."),
            title=text.esc_md(found["problem"]),
            icon=":material/search_off:",
        )
        return
    parts = [
        text.count(len(found.get("profiles", [])), "advertising profile"),
        text.count(len(found.get("ads_accounts", [])), "ads account"),
    ]
    if not found.get("accounts"):
        st.warning(
            "Have the login invited to the AMC account in Amazon's console, then look again.",
            title="This login has no AMC account.",
            icon=":material/search_off:",
        )
    st.caption(f"It also sees {' and '.join(parts)}.")


def _actions(desk: Desk, row: ConnectionView) -> None:
    one = row.connection_id
    with st.container(horizontal=True):
        tested = st.button(
            "Test", icon=":material/network_check:", key=f"{keys.CONNECTION_TEST}.{one}"
        )
        looked = st.button(
            "Look again",
            icon=":material/travel_explore:",
            key=f"{keys.CONNECTION_LOOK}.{one}",
            help="Ask Amazon which profiles, accounts and instances this login sees",
        )
        again = st.button(
            "Reconnect", icon=":material/login:", key=f"{keys.CONNECTION_AGAIN}.{one}"
        )
        with st.popover("Rename", icon=":material/edit:"):
            _rename(desk, row)
        if st.button("Remove", icon=":material/delete:", key=f"{keys.CONNECTION_ASKED}.{one}"):
            st.session_state[keys.CONNECTION_ASKED] = one
    if tested:
        found = desk.connections.test(one)
        box = {"fine": st.success, "retrying": st.warning, "no_amc": st.warning}.get(
            found.verdict, st.error
        )
        box(text.esc_md(f"{found.message} {found.hint}".strip()))
    if looked:
        with st.spinner("Asking Amazon …"):
            desk.connections.discover(desk.actor, one)
        st.rerun()
    if again:
        _consent_link(desk, again=one, region=row.region)
    if st.session_state.get(keys.CONNECTION_ASKED) == one:
        _confirm_removal(desk, row)


def _rename(desk: Desk, row: ConnectionView) -> None:
    label = st.text_input(
        "Label",
        value=row.label,
        max_chars=120,
        key=f"{keys.CONNECTION_LABEL}.{row.connection_id}",
    )
    if st.button("Save the label", key=f"{keys.CONNECTION_RENAME}.{row.connection_id}"):
        desk.connections.rename(desk.actor, row.connection_id, label)
        st.rerun()


def _confirm_removal(desk: Desk, row: ConnectionView) -> None:
    found = desk.connections.dependents(row.connection_id)
    lines = [
        f"- **{text.esc_md(account)}** is then served by {text.esc_md(label)}."
        for account, label in found.taken_over.items()
    ]
    if found.unserved:
        names = ", ".join(text.esc_md(name) for name in found.unserved)
        lines.append(
            f"- **{names}**: no login serves {'it' if len(found.unserved) == 1 else 'them'} any "
            f"more. {text.count(found.instances, 'instance')} cannot be asked until another is "
            "connected."
        )
    if found.schedules:
        names = ", ".join(text.esc_md(name) for name in found.schedules)
        lines.append(f"- {text.count(len(found.schedules), 'schedule')} will fail: {names}.")
    if found.running:
        lines.append(f"- {text.count(found.running, 'execution')} on the way will fail.")
    if not lines:
        lines.append("- Nothing depends on it.")
    lines.append("- Accounts, instances, results and history stay.")
    with st.container(border=True):
        st.markdown(f"**Remove {text.esc_md(row.label)} and its tokens?**")
        st.markdown("\n".join(lines))
        with st.container(horizontal=True):
            if st.button(
                "Remove this login",
                type="primary",
                key=f"{keys.CONNECTION_REMOVE}.{row.connection_id}",
            ):
                desk.connections.remove(desk.actor, row.connection_id)
                del st.session_state[keys.CONNECTION_ASKED]
                st.rerun()
            if st.button("Keep it", key=f"{keys.CONNECTION_REMOVE}.no"):
                del st.session_state[keys.CONNECTION_ASKED]
                st.rerun()


def _serving(desk: Desk, rows: list[ConnectionView], *, admin: bool) -> None:
    accounts = desk.connections.serving()
    if not accounts:
        return
    labels = {r.connection_id: r.label for r in rows}
    st.subheader("Accounts and the logins that serve them", anchor=False)
    st.dataframe(
        pd.DataFrame(
            [
                {
                    "Account": a.name,
                    "Id": a.account_id,
                    "Region": a.region,
                    "Instances": a.instances,
                    "Served by": labels.get(a.served_by, "✕ No login"),
                    "Takes over": ", ".join(labels[c] for c in a.takes_over if c in labels)
                    or "– nobody",
                    "Trouble": "; ".join(
                        f"{labels.get(c, c)}: {why}" for c, why in a.problems.items()
                    ),
                }
                for a in accounts
            ]
        ),
        hide_index=True,
        width="stretch",
    )
    choices = [a for a in accounts if len([a.served_by, *a.takes_over]) > 1]
    if not (admin and choices):
        return
    with st.expander("Choose which login serves an account"):
        left, right = st.columns(2)
        account = left.selectbox(
            "Account", choices, format_func=lambda a: a.name, key=keys.SERVING_ACCOUNT
        )
        login = right.selectbox(
            "Login",
            [account.served_by, *account.takes_over],
            format_func=lambda c: labels.get(c, c),
            key=f"{keys.SERVING_LOGIN}.{account.account_id}",
        )
        if st.button("Let it serve", key=keys.SERVING_SAVE):
            desk.connections.prefer(desk.actor, account.account_id, login)
            st.rerun()


def _connect(desk: Desk) -> None:
    st.subheader("Connect a login", anchor=False)
    region = st.selectbox(
        "Region",
        list(REGIONS),
        format_func=lambda r: f"{_REGION_NAMES[r]} ({r})",
        key=keys.CONNECT_REGION,
        width=280,
    )
    if st.button("Connect with Amazon", icon=":material/login:", key=keys.CONNECT, type="primary"):
        _consent_link(desk, region=region)
    with st.expander("Connect with a refresh token"):
        _token_form(desk, region)


def _consent_link(desk: Desk, *, region: str, again: str = "") -> None:
    address = desk.connections.begin(region=region, bound_to=gate.token(), again=again)
    with st.container(border=True):
        st.markdown(
            "Amazon asks you to sign in and to allow access, then brings you back here. The link "
            "works once, for ten minutes, in this browser."
        )
        st.link_button(
            "Go to Amazon's consent page", address, icon=":material/open_in_new:", type="primary"
        )


def _token_form(desk: Desk, region: str) -> None:
    with st.form(keys.TOKEN_FORM, clear_on_submit=True):
        token = st.text_input("Refresh token (Atzr|…)", type="password", autocomplete="off")
        left, right = st.columns(2)
        label = left.text_input("Label", placeholder="Default: who gave consent", max_chars=120)
        given = right.date_input(
            "Consent given on (if you know)", value=None, max_value=desk.clock.now().date()
        )
        sent = st.form_submit_button("Connect")
    if not sent:
        return
    consented = datetime.combine(given, time.min, UTC) if given else None
    with st.spinner("Asking Amazon …"):
        desk.connections.add_refresh_token(
            desk.actor, token, region=region, label=label, consented_at=consented
        )
    st.rerun()
