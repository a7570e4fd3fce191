"""What every page file is wrapped in: `with page("Executions") as desk:`.

It guards (nothing is drawn without a session and the role), hands over the services, and ends
every error here. What is raised inside a Streamlit fragment would escape it, so `fragment`
brings a guard and a boundary of its own. Callbacks must only write session state.
"""

from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from amc.auth.roles import Role, require
from amc.ui import gate
from amc.ui.desk import Desk
from amc.ui.errors import Boundary, show
from amc.ui.process import services

_F = TypeVar("_F", bound=Callable[..., None])


class page:  # noqa: N801 - reads as a statement: with page("Fleet") as desk
    """A page's guard, title and error boundary."""

    def __init__(self, title: str, *, role: Role = Role.VIEWER, caption: str = "") -> None:
        """Take the heading and the lowest role that may open the page."""
        self._title, self._role, self._caption = title, role, caption
        self._boundary = Boundary(title.lower())

    def __enter__(self) -> Desk:
        """Let the user in, or end the run with a sentence."""
        try:
            user = require(gate.current_user() or gate.held_user(), self._role)
            desk = Desk(services(), user)
        except Exception as error:  # fail closed: whatever it is, the page is not drawn
            show(error, where=self._title.lower())
            st.stop()
        st.title(self._title, anchor=False)
        if self._caption:
            st.caption(self._caption)
        return desk

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """End an error here."""
        return self._boundary.__exit__(kind, error, trace)


def fragment(*, run_every: float | None = None, key: str | None = None) -> Callable[[_F], _F]:
    """Like `st.fragment`, with a session check and an error boundary of its own.

    Args:
        run_every: seconds between two runs by itself; these do not keep a session awake.
        key: names the fragment for `st.rerun`.
    """

    def decorate(function: _F) -> _F:
        @st.fragment(run_every=run_every, key=key)
        @wraps(function)
        def guarded(*args: Any, **kwargs: Any) -> None:
            with Boundary(function.__name__):
                if _alone() and gate.current_user(touch=run_every is None) is None:
                    st.rerun()
                function(*args, **kwargs)

        return guarded  # type: ignore[return-value]

    return decorate


def _alone() -> bool:
    # In a full run the gate has just asked; a fragment that runs alone must ask itself.
    context = get_script_run_ctx()
    return bool(context and context.fragment_ids_this_run)
