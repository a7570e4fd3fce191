"""The sign-in gate: who is here, and the form for those who are not signed in."""

from collections.abc import Mapping

import streamlit as st

from amc.auth.roles import CurrentUser
from amc.errors import AmcError
from amc.ui import keys
from amc.ui.browser_post import browser_post
from amc.ui.cookies import browser_of, token_of
from amc.ui.errors import show
from amc.ui.notices import show_notice
from amc.ui.process import services
from amc.ui.text import PRODUCT, TAGLINE

CLAIM_PATH = "/auth/claim"


def browser_cookies() -> Mapping[str, str]:
    """The cookies that the browser sent when it opened this session."""
    return st.context.cookies


def browser_address() -> str:
    """Where the browser is; Streamlit gives none for this machine itself."""
    return st.context.ip_address or "local"


def token() -> str:
    """The session's token of this browser; empty when it has none."""
    return token_of(browser_cookies(), services().settings)


def current_user(*, touch: bool = True) -> CurrentUser | None:
    """Who is signed in, asked anew at every run: a session may end at any time.

    Raises:
        AmcError: it cannot be found out; nobody is let in then.
    """
    return services().users.session(token(), touch=touch)


def draw_sign_in() -> None:
    """The sign-in form and nothing else of the product."""
    _, middle, _ = st.columns([1, 1.4, 1])
    with middle:
        st.space("large")
        st.title(PRODUCT, anchor=False)
        st.caption(TAGLINE)
        show_notice()
        with st.form(keys.SIGN_IN_FORM):
            name = st.text_input("User name", key=keys.SIGN_IN_NAME, autocomplete="username")
            password = st.text_input(
                "Password",
                key=keys.SIGN_IN_PASSWORD,
                type="password",
                autocomplete="current-password",
            )
            sent = st.form_submit_button("Sign in", type="primary", width="stretch")
        if sent:
            _sign_in(name, password)


def _sign_in(name: str, password: str) -> None:
    try:
        known = browser_of(browser_cookies(), services().settings)
        ticket = services().users.sign_in(name, password, browser_address(), browser=known)
    except AmcError as error:
        show(error, where="sign-in")
        return
    st.caption("Signing in …")
    browser_post(CLAIM_PATH, {"ticket": ticket}, once=ticket[:8], come_back=True)
