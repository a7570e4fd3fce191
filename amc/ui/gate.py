"""The gate: who is here, and the forms for those to whom nothing opens yet.

Who is not signed in gets the sign-in form; who signed in with a password that somebody else made
gets the form for a new one.
"""

from collections.abc import Callable, Mapping

import streamlit as st

from amc.auth.roles import CurrentUser
from amc.errors import AmcError
from amc.ui import keys
from amc.ui.browser_post import browser_post
from amc.ui.cookies import browser_of, token_of
from amc.ui.desk import guarded
from amc.ui.errors import show
from amc.ui.notices import show_notice
from amc.ui.process import services
from amc.ui.text import PRODUCT, TAGLINE, esc_md

CLAIM_PATH = "/auth/claim"
SIGN_OUT_PATH = "/auth/sign-out"


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


def held_user() -> CurrentUser | None:
    """Who is signed in, but must choose a new password before anything opens."""
    return services().users.held(token())


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


def draw_new_password(user: CurrentUser) -> None:
    """The form for a new password and nothing else of the product."""
    _, middle, _ = st.columns([1, 1.4, 1])
    with middle:
        st.space("large")
        st.title("Choose a new password", anchor=False)
        st.caption(
            f"{esc_md(user.shown_name)}, the present one was made for you and somebody else may "
            "have seen it. Nothing else opens before; then sign in again with the new one."
        )
        show_notice()
        change = guarded(services(), "users", user).change_password
        try:
            changed = draw_password_form(lambda old, new: change(user.name, old, new))
        except AmcError as error:
            show(error, where="new-password")
            changed = False
        if st.button("Sign out", key=keys.SIGN_OUT, icon=":material/logout:", width="stretch"):
            sign_out()
    if changed:
        # The change has ended this session too; the address stays for the sign-in.
        st.query_params[keys.NOTICE] = "password-changed"
        st.rerun()


def draw_password_form(change: Callable[[str, str], None]) -> bool:
    """The three fields; whether the password was changed.

    Args:
        change: called with the present and the new password.

    Raises:
        AmcError: of `change`.
    """
    with st.form(keys.PASSWORD_FORM, clear_on_submit=True):
        old = st.text_input("Present password", type="password", autocomplete="current-password")
        new = st.text_input(
            "New password (12 characters or more)", type="password", autocomplete="new-password"
        )
        again = st.text_input("New password again", type="password", autocomplete="new-password")
        sent = st.form_submit_button("Change the password")
    if sent and new != again:
        st.warning("The two new passwords differ.", icon=":material/edit:")
    elif sent:
        change(old, new)
        return True
    return False


def sign_out() -> None:
    """End the session here, and have the browser give its cookie back."""
    services().users.sign_out(token())
    st.caption("Signing out …")
    browser_post(SIGN_OUT_PATH, {}, once="sign-out", come_back=False)
    st.stop()
