"""Passwords that somebody else made: nothing opens before they are changed, with one exception."""

from sqlalchemy.orm import Session

from amc.db.people import User
from amc.db.repos import fleet
from amc.db.repos import people as repo
from amc.settings import LOCAL_CLIENT_ID, Settings


def is_held(session: Session, settings: Settings, user: User) -> bool:
    """Whether a user gets nothing but the form for a new password."""
    return user.must_change and not _is_demo(session, settings, user)


def _is_demo(session: Session, settings: Settings, user: User) -> bool:
    """Whether this is the password that set-up printed, and there is nothing to protect yet.

    Who tries the product with `make run` reads the password in the very console that he started:
    to make him change it before he has seen anything would keep nobody out, for all there is to
    see was made up by the local AMC. As soon as one address of Amazon is another machine's, or one
    login is not the local AMC's own, the same password is one that stood in a console and a log.
    """
    if repo.set_up_user(session) != user.public_id:
        return False
    if not settings.only_local or settings.client_id != LOCAL_CLIENT_ID:
        return False
    return all(c.client_id == LOCAL_CLIENT_ID for c in fleet.connections(session))
