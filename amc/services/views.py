"""What services give out: frozen values, never database rows."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


def as_json(value: Any) -> Any:
    """A view as plain JSON values; instants as ISO texts with `Z`."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return as_json(asdict(value))
    return value


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """A Login with Amazon grant, without its tokens."""

    connection_id: str
    label: str
    region: str
    state: str
    state_reason: str
    amazon_user: str
    consented_at: datetime
    expires_at: datetime
    checked_at: datetime | None
    accounts: int
    ends_soon: bool = False
    client_id: str = ""
    discovered: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AccountView:
    """An AMC account."""

    account_id: str
    name: str
    marketplace_id: str
    region: str
    connection_id: str | None
    instances: int


@dataclass(frozen=True, slots=True)
class InstanceView:
    """An AMC instance with what our users say of it."""

    instance_id: str
    name: str
    type: str
    account_id: str
    account_name: str
    region: str
    marketplace_id: str
    customer_name: str
    creation_status: str
    created_at: datetime | None
    brand: str
    tags: list[str]
    active: bool
    favourite: bool
    access: str
    access_reason: str
    gone_at: datetime | None
    sources_at: datetime | None
    checked_at: datetime | None = None

    @property
    def is_sandbox(self) -> bool:
        """Whether only synthetic data may be asked for."""
        return self.type == "SANDBOX"


@dataclass(frozen=True, slots=True)
class SyncDifference:
    """What a look at Amazon found to be different from what we had."""

    at: datetime
    new: list[str] = field(default_factory=list)
    renamed: dict[str, list[str]] = field(default_factory=dict)
    changed: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    lost_access: dict[str, str] = field(default_factory=dict)
    regained: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    unasked: dict[str, str] = field(default_factory=dict)
    accounts: int = 0
    instances: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing was different."""
        return not self.count

    @property
    def count(self) -> int:
        """How many differences there are; one instance may have several."""
        found = (self.new, self.renamed, self.changed, self.gone, self.back)
        return sum(map(len, (*found, self.lost_access, self.regained)))

    @property
    def words(self) -> str:
        """The difference in one sentence."""
        counted = (
            (self.new, "new"),
            (self.renamed, "renamed"),
            (self.changed, "changed"),
            (self.gone, "gone"),
            (self.back, "back again"),
            (self.lost_access, "lost access"),
            (self.regained, "regained access"),
        )
        found = ", ".join(f"{len(what)} {word}" for what, word in counted if what)
        return (
            f"{self.instances} instances in {self.accounts} accounts: "
            f"{found or 'nothing is different'}."
        )


@dataclass(frozen=True, slots=True)
class EventView:
    """One step of an execution's timeline."""

    at: datetime
    state: str
    text: str
    request_id: str


@dataclass(frozen=True, slots=True)
class ExecutionView:
    """One run of one SQL text on one instance over one window."""

    id: str
    fleet_run_id: str
    title: str
    instance_id: str
    instance_name: str
    account_id: str
    brand: str
    status: str
    amc_status: str
    amc_execution_id: str | None
    amc_workflow_id: str
    template: str
    parameters: dict[str, Any]
    window: dict[str, str]
    window_rule: str
    kind: str
    created_by: str
    created_at: datetime
    submitted_at: datetime | None
    finished_at: datetime | None
    rows: int | None
    reason: str
    cause: dict[str, Any] | None
    stalled: bool
    cancelling: bool
    result_uri: str | None
    result: dict[str, Any] | None

    @property
    def is_final(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in ("READY", "FAILED", "REJECTED", "CANCELLED")


@dataclass(frozen=True, slots=True)
class ExecutionDetail:
    """An execution with its texts and its timeline.

    `written_sql` is the author's text with its placeholders; empty when there are none.
    """

    execution: ExecutionView
    author_sql: str
    sent_sql: str
    written_sql: str
    declarations: list[dict[str, Any]]
    parameter_values: dict[str, Any]
    output_columns: list[dict[str, Any]]
    events: list[EventView]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An instance that a run was asked for and could not go to, and why."""

    instance_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class FleetRunView:
    """One intent over many instances, with a verdict each.

    Attributes:
        left_out: instances that could not run it and were left out on request.
    """

    id: str
    title: str
    kind: str
    template: str
    created_by: str
    created_at: datetime
    executions: list[ExecutionView]
    left_out: list[LeftOut] = field(default_factory=list)
