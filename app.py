"""The app object that `streamlit run app.py` serves; everything else is in `amc.ui`."""

import streamlit as st

from amc.settings import ROOT
from amc.ui.errors import report_uncaught
from amc.ui.headers import middleware
from amc.ui.lifespan import lifespan
from amc.ui.peer import keep_the_peer
from amc.ui.routes import routes

keep_the_peer()

# The script is not beside `pages/`: Streamlit would otherwise serve a page without the sign-in
# gate to the first visitor of a fresh server.
app = st.App(
    ROOT / "amc" / "ui" / "main.py",
    routes=routes(),
    middleware=middleware(),
    lifespan=lifespan,
    on_script_error=report_uncaught,
)
