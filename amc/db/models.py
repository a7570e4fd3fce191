"""Every table of the product. Integer keys stay here; `public_id` is what leaves.

Amazon's connections, accounts, instances; the library; executions and their runs; schedules and
slots. People, audit and mappings are in `amc.db.people`, `amc.db.mapping_models`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from amc.db.types import UtcDateTime, json_type

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

BigKey = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = MetaData(naming_convention=CONVENTION)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        datetime: UtcDateTime(),
        dict[str, Any]: json_type(),
        list[Any]: json_type(),
        str: Text(),
        bytes: LargeBinary(),
    }

    @classmethod
    def __table_cls__(cls, *args: Any, **options: Any) -> Table:
        """Keys are never used again: SQLite would give that of a removed row to the next one."""
        once = any(isinstance(a, Column) and a.name == "id" for a in args)
        return Table(*args, **options, sqlite_autoincrement=once)


def _key() -> Mapped[int]:
    return mapped_column(BigKey, primary_key=True, autoincrement=True)


class Connection(Base):
    """A Login with Amazon grant."""

    __tablename__ = "connections"

    id: Mapped[int] = _key()
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    label: Mapped[str]
    region: Mapped[str] = mapped_column(String(4))
    client_id: Mapped[str]
    refresh_token: Mapped[bytes]
    access_token: Mapped[bytes | None]
    access_expires_at: Mapped[datetime | None]
    refreshing_by: Mapped[str | None]
    refreshing_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16))
    state_reason: Mapped[str] = mapped_column(default="")
    amazon_user: Mapped[str] = mapped_column(default="")
    consented_at: Mapped[datetime]
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    # No process asks Amazon for a token before this: it refused.
    refused_until: Mapped[datetime | None]
    discovered: Mapped[dict[str, Any] | None]


class OauthState(Base):
    """One authorization on its way: the browser comes back in a new session."""

    __tablename__ = "oauth_states"

    state_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    verifier: Mapped[bytes]
    region: Mapped[str] = mapped_column(String(4))
    redirect_uri: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(BigKey)
    connection_id: Mapped[int | None] = mapped_column(BigKey)
    # A hash of the session that began it; empty when the command line did.
    bound_to: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Account(Base):
    """An AMC account (`ENTITY…`)."""

    __tablename__ = "accounts"

    id: Mapped[int] = _key()
    entity_id: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    marketplace_id: Mapped[str] = mapped_column(String(32))
    region: Mapped[str] = mapped_column(String(4))
    connection_id: Mapped[int | None] = mapped_column(
        ForeignKey("connections.id", ondelete="SET NULL"), index=True
    )
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]


class AccountLogin(Base):
    """A login that could list an account at the last look: it serves it, or takes over."""

    __tablename__ = "account_logins"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    connection_id: Mapped[int] = mapped_column(
        ForeignKey("connections.id", ondelete="CASCADE"), primary_key=True
    )
    seen_at: Mapped[datetime]
    # Why it could not list the account's instances, in Amazon's words; empty when it could.
    problem: Mapped[str] = mapped_column(default="")


class Instance(Base):
    """An AMC instance, as last seen, with what our users say of it."""

    __tablename__ = "instances"

    id: Mapped[int] = _key()
    instance_id: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    name: Mapped[str]
    type: Mapped[str] = mapped_column(String(32))
    customer_name: Mapped[str] = mapped_column(default="")
    creation_status: Mapped[str] = mapped_column(String(32), default="")
    created_at_amazon: Mapped[datetime | None]
    # What is large and rarely looked at is loaded when asked for.
    details: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True)
    tags: Mapped[list[Any]] = mapped_column(default=list)
    brand: Mapped[str] = mapped_column(default="")
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    favourite: Mapped[bool] = mapped_column(Boolean, default=False)
    access: Mapped[str] = mapped_column(String(16), default="ok")
    access_reason: Mapped[str] = mapped_column(default="")
    checked_at: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    sources: Mapped[list[Any] | None] = mapped_column(deferred=True)
    source_names: Mapped[list[Any] | None]
    sources_at: Mapped[datetime | None]
    advertisers: Mapped[list[Any] | None] = mapped_column(deferred=True)
    advertisers_at: Mapped[datetime | None]


class InstanceChange(Base):
    """What was different about an instance when somebody looked: its history."""

    __tablename__ = "instance_changes"
    __table_args__ = (Index("ix_instance_changes_instance", "instance_id", "id"),)

    id: Mapped[int] = _key()
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    by: Mapped[str]
    kind: Mapped[str] = mapped_column(String(16))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class InstanceSet(Base):
    """A named group of instances, chosen one by one or by a rule."""

    __tablename__ = "instance_sets"

    id: Mapped[int] = _key()
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    members: Mapped[list[Any]] = mapped_column(default=list)
    rule: Mapped[dict[str, Any] | None]
    created_by: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class SyncRun(Base):
    """One look at what Amazon has, with its difference to what we had."""

    __tablename__ = "sync_runs"

    id: Mapped[int] = _key()
    public_id: Mapped[str | None] = mapped_column(String(24), unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str]
    difference: Mapped[dict[str, Any]]
    # What Amazon said, kept until it is applied or too old; None once it was.
    found: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    applied: Mapped[bool] = mapped_column(Boolean, default=True)


class Workflow(Base):
    """Saved, versioned AMC SQL of our library."""

    __tablename__ = "workflows"

    id: Mapped[int] = _key()
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    sql: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    template: Mapped[str] = mapped_column(default="")
    description: Mapped[str] = mapped_column(default="")
    created_by: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    archived: Mapped[bool] = mapped_column(Boolean, default=False)


class WorkflowVersion(Base):
    """An earlier text of a workflow: Amazon keeps none."""

    __tablename__ = "workflow_versions"
    __table_args__ = (UniqueConstraint("workflow_id", "version"),)

    id: Mapped[int] = _key()
    workflow_id: Mapped[int] = mapped_column(ForeignKey("workflows.id", ondelete="CASCADE"))
    version: Mapped[int]
    sql: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    saved_by: Mapped[str] = mapped_column(default="")
    saved_at: Mapped[datetime]


class PublishedWorkflow(Base):
    """A text of ours that stands at Amazon as a saved workflow of one instance."""

    __tablename__ = "published_workflows"
    __table_args__ = (UniqueConstraint("instance_id", "amc_workflow_id"),)

    id: Mapped[int] = _key()
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id", ondelete="CASCADE"))
    amc_workflow_id: Mapped[str] = mapped_column(String(128))
    published_at: Mapped[datetime]
    last_used_at: Mapped[datetime]


class FleetRun(Base):
    """One intent over one or many instances."""

    __tablename__ = "fleet_runs"

    id: Mapped[int] = _key()
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    title: Mapped[str]
    kind: Mapped[str] = mapped_column(String(16))
    template: Mapped[str] = mapped_column(default="")
    request_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
    schedule_id: Mapped[int | None] = mapped_column(BigKey, index=True)
    # Instances that could not run it: [{"instance_id", "reason"}]; None when none were left out.
    left_out: Mapped[list[Any] | None]


class Execution(Base):
    """One run of one SQL text on one instance over one window."""

    __tablename__ = "executions"
    __table_args__ = (
        UniqueConstraint("slot_id", "instance_id"),
        UniqueConstraint("instance_id", "amc_execution_id"),
        Index("ix_executions_state_instance", "state", "instance_id"),
        Index("ix_executions_created", "created_at", "id"),
        Index("ix_executions_instance_created", "instance_id", "created_at"),
        Index("ix_executions_finished", "state", "instance_id", "finished_at"),
    )

    id: Mapped[int] = _key()
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    fleet_run_id: Mapped[int] = mapped_column(ForeignKey("fleet_runs.id"), index=True)
    slot_id: Mapped[int | None] = mapped_column(BigKey)
    instance_id: Mapped[int] = mapped_column(ForeignKey("instances.id"))
    state: Mapped[str] = mapped_column(String(16))
    amc_status: Mapped[str] = mapped_column(default="")
    priority: Mapped[int] = mapped_column(default=0)
    author_sql: Mapped[str]
    sent_sql: Mapped[str]
    # The author's text with its placeholders; empty when it has none.
    written_sql: Mapped[str] = mapped_column(default="", server_default="")
    fingerprint: Mapped[str] = mapped_column(String(64))
    template: Mapped[str] = mapped_column(default="")
    template_version: Mapped[str] = mapped_column(default="")
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    declarations: Mapped[list[Any]] = mapped_column(default=list)
    parameter_values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    window_start: Mapped[str] = mapped_column(String(19))
    window_end: Mapped[str] = mapped_column(String(19))
    window_zone: Mapped[str] = mapped_column(String(64))
    window_rule: Mapped[str] = mapped_column(default="")
    synthetic: Mapped[bool] = mapped_column(Boolean, default=False)
    amc_workflow_id: Mapped[str] = mapped_column(String(128))
    amc_execution_id: Mapped[str | None] = mapped_column(String(128))
    attempt: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(default=0)
    intent_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    next_step_at: Mapped[datetime | None] = mapped_column(index=True)
    polled_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    stalled: Mapped[bool] = mapped_column(Boolean, default=False)
    reason: Mapped[str] = mapped_column(default="")
    cause: Mapped[dict[str, Any] | None]
    output_columns: Mapped[list[Any] | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    rows: Mapped[int | None] = mapped_column(BigInteger)
    result_uri: Mapped[str | None]
    result: Mapped[dict[str, Any] | None]


class ExecutionEvent(Base):
    """A change of state, with its time and Amazon's request id: the timeline."""

    __tablename__ = "execution_events"

    id: Mapped[int] = _key()
    execution_id: Mapped[int] = mapped_column(
        ForeignKey("executions.id", ondelete="CASCADE"), index=True
    )
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(default="")
    request_id: Mapped[str] = mapped_column(default="")


class Schedule(Base):
    """A CRON rule with zone, window rule and targets."""

    __tablename__ = "schedules"

    id: Mapped[int] = _key()
    public_id: Mapped[str] = mapped_column(String(24), unique=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    cron: Mapped[str] = mapped_column(String(120))
    zone: Mapped[str] = mapped_column(String(64))
    window_rule: Mapped[str]
    offset_s: Mapped[int] = mapped_column(default=172800)
    template: Mapped[str] = mapped_column(default="")
    sql: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    targets: Mapped[dict[str, Any]]
    missed: Mapped[str] = mapped_column(String(8), default="latest")
    catch_up_limit_s: Mapped[int] = mapped_column(default=86400)
    overlap: Mapped[str] = mapped_column(String(8), default="skip")
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    paused_at: Mapped[datetime | None]
    broken: Mapped[str] = mapped_column(default="")
    accounted_until: Mapped[datetime]
    next_slot_at: Mapped[datetime | None] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Slot(Base):
    """One nominal fire time, or a run of them missed for one reason, and its verdict."""

    __tablename__ = "slots"
    __table_args__ = (UniqueConstraint("schedule_id", "slot_at"),)

    id: Mapped[int] = _key()
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedules.id", ondelete="CASCADE"))
    slot_at: Mapped[datetime] = mapped_column(index=True)
    until_at: Mapped[datetime | None]
    count: Mapped[int] = mapped_column(default=1)
    verdict: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(default="")
    targets: Mapped[list[Any]] = mapped_column(default=list)
    fleet_run_id: Mapped[int | None] = mapped_column(BigKey, index=True)
    schedule_version: Mapped[int] = mapped_column(default=1)
    fired_at: Mapped[datetime]


class RateLimit(Base):
    """One GCRA row a key: when the next request may leave (epoch seconds) and its spacing.

    `recent` is JSON: when the latest requests left (`amc.db.pacing`).
    """

    __tablename__ = "rate_limits"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    tat: Mapped[float]
    step_s: Mapped[float]
    slowed_at: Mapped[float] = mapped_column(default=0.0)
    recent: Mapped[str] = mapped_column(Text, default="[]", server_default="[]")


class Heartbeat(Base):
    """A process that says it lives."""

    __tablename__ = "heartbeats"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    started_at: Mapped[datetime]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class KeyValue(Base):
    """Small facts of the installation, such as the canary of the encryption key."""

    __tablename__ = "key_values"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[bytes]
