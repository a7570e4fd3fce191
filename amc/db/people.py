"""Tables about people: users, sessions, sign-in tries, drafts, the audit trail."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from amc.db.models import Base, BigKey, _key


class User(Base):
    """Who may sign in, in which role, over which brands or instance sets."""

    __tablename__ = "users"

    id: Mapped[int] = _key()
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    display_name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(String(16))
    grants: Mapped[dict[str, Any] | None]
    disabled: Mapped[bool] = mapped_column(Boolean, default=False)
    zone: Mapped[str] = mapped_column(String(64), default="")
    must_change: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[datetime]
    password_at: Mapped[datetime]


class Session(Base):
    """A sign-in on the server's side; the browser holds only its random id."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    address: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]


class Draft(Base):
    """What somebody wrote in the SQL editor: the newest text of one piece of work."""

    __tablename__ = "drafts"
    __table_args__ = (Index("ix_drafts_user_id_updated_at", "user_id", "updated_at"),)

    id: Mapped[int] = _key()
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    version: Mapped[int] = mapped_column(default=1)
    sql: Mapped[str]
    # What was typed into the parameters' fields, as text, by name.
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SignInTicket(Base):
    """One use, a few seconds: carries a checked sign-in from the page to the cookie route."""

    __tablename__ = "sign_in_tickets"

    ticket_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(BigKey)
    address: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInTry(Base):
    """A failed sign-in, by user and by address: the next try has to wait."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (Index("ix_sign_in_tries_key_at", "key", "at"),)

    id: Mapped[int] = _key()
    key: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]


class Audit(Base):
    """Who did what to which object; each row carries the hash of the one before."""

    __tablename__ = "audit"

    id: Mapped[int] = _key()
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(String(80), index=True)
    object_id: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)
