"""Connections, users, audit trail, health."""

import streamlit as st

from amc.auth.roles import Role
from amc.ui.page import page
from amc.ui.widgets.connections import draw_connections
from amc.ui.widgets.settings import draw_account, draw_audit, draw_health, draw_users

with page("Settings") as desk:
    admin = desk.may(Role.ADMIN)
    names = ["Connections", "Health", "My account"] + (["Users", "Audit trail"] if admin else [])
    tabs = dict(zip(names, st.tabs(names), strict=True))
    with tabs["Connections"]:
        draw_connections(desk)
    with tabs["Health"]:
        draw_health(desk)
    with tabs["My account"]:
        draw_account(desk)
    if admin:
        with tabs["Users"]:
            draw_users(desk)
        with tabs["Audit trail"]:
            draw_audit(desk)
