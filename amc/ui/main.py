"""The script that Streamlit runs: which page, the gate, the frame, then the page.

Started through `app.py`. `navigate` comes first, so that a deep link survives the sign-in and no
rerun of a component loses the address.
"""

import streamlit as st

from amc.ui import frame, gate
from amc.ui.errors import Boundary
from amc.ui.navigation import navigate

with Boundary("app"):
    current = navigate()
    user = gate.current_user()
    held = gate.held_user() if user is None else None
    st.set_page_config(
        page_title=frame.page_title(
            current.title if user else "New password" if held else "Sign in"
        ),
        page_icon=frame.ICON,
        layout="wide",
        initial_sidebar_state=frame.SIDEBAR_WIDTH,
    )
    if user is not None:
        frame.draw(user)
        current.run()
    elif held is not None:
        gate.draw_new_password(held)
    else:
        gate.draw_sign_in()
