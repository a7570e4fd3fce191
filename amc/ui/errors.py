"""What people see of an error: a sentence and what to do; the rest goes to the log."""

import secrets
from types import TracebackType
from typing import Literal

import streamlit as st

from amc.errors import AccessDeniedError, AmcError, SqlCheckError
from amc.log import get_logger
from amc.ui import keys
from amc.ui.text import esc_md

log = get_logger(__name__)


def new_reference() -> str:
    """The reference under which the log holds the details: 8 hexadecimal digits."""
    return secrets.token_hex(4)


class Boundary:
    """Around a page, a fragment or the frame: nothing raised inside gets past it.

    Streamlit's own signals (stop, rerun, switch page) are no `Exception` and pass.
    """

    def __init__(self, where: str) -> None:
        """`where` names the place in the log."""
        self._where = where

    def __enter__(self) -> "Boundary":
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Show an error and end it here."""
        if not isinstance(error, Exception):
            return False
        show(error, where=self._where)
        return True


def show(error: Exception, *, where: str) -> None:
    """Draw an error: ours with its hint, any other as a reference to the log."""
    if isinstance(error, AmcError):
        log.warning("refused or failed", action="page.refused", where=where, error=error.to_dict())
        _show_ours(error, where)
        return
    reference = report(error, where=where)
    st.error(
        f"Something broke here (reference {reference}). Your data is as it was; the details are "
        "in the log under this reference.",
        title="This part could not be shown",
        icon=":material/error:",
    )


def report(error: BaseException, *, where: str) -> str:
    """Put an unexpected error into the log; gives its reference."""
    reference = new_reference()
    log.error(
        "unexpected error", action="page.failed", where=where, reference=reference, exc_info=error
    )
    return reference


def _show_ours(error: AmcError, where: str) -> None:
    box = st.warning if isinstance(error, AccessDeniedError) else st.error
    box(
        esc_md(error.hint) or "Nothing was changed.",
        title=esc_md(error.message),
        icon=":material/lock:" if isinstance(error, AccessDeniedError) else ":material/error:",
    )
    if isinstance(error, SqlCheckError):
        for finding in error.findings:
            st.caption(esc_md(finding))
    request_id = getattr(error, "request_id", "")
    if request_id:
        st.caption(f"Amazon's request id: {esc_md(request_id)}")
    if error.transient:
        st.button("Try again", key=f"{keys.TRY_AGAIN}.{where}", icon=":material/refresh:")


def report_uncaught(error: Exception) -> Literal[True]:
    """For what no boundary saw (a callback): the same sentence, nothing of the error itself."""
    show(error, where="script")
    return True
