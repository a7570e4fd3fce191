"""Faults on demand: which ones there are, when they strike, and that they strike alike again.

A fault strikes the n-th matching event or not by a number made from (seed, fault id, n) alone, so
the same seed and the same order of events give the same faults.
"""

import fnmatch
import hashlib
import json
import re
import threading
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from amc.sandbox.state.store import Store

RequestFault = Literal[
    "throttle",
    "server_error",
    "gateway_timeout",
    "html",
    "not_json",
    "timeout_before",
    "lost_answer",
    "slow",
    "token_expired",
    "terms_not_accepted",
    "empty_page",
    "repeated_token",
    "empty_body",
    "error_in_200",
]
TokenFault = Literal["invalid_grant", "token_server_error"]
DownloadFault = Literal[
    "slow_download", "torn_download", "link_expired", "missing_part", "foreign_link"
]
ExecutionFault = Literal[
    "several_parts",
    "gzip",
    "double_gzip",
    "parts_differ",
    "empty_result",
    "unknown_status",
    "stuck_running",
    "stuck_pending",
    "fail_execution",
    "reject_execution",
]
StandingFault = Literal["instance_gone", "clock_skew"]
Kind = RequestFault | TokenFault | DownloadFault | ExecutionFault | StandingFault

REQUEST_KINDS = frozenset(RequestFault.__args__)  # type: ignore[attr-defined]
_LOGIN = re.compile(r" /(auth|ap|user)/")
DESCRIPTIONS: dict[str, str] = {
    "throttle": "429; `retry_after_s` sends that header, without it none",
    "server_error": "`status` (500; or 502, 503, …) with a JSON body",
    "gateway_timeout": '504 {"message": "Endpoint request timed out"}',
    "html": "`status` (503; or 429, …) with an HTML page",
    "not_json": "200 with a body that is cut off in the middle",
    "timeout_before": "nothing is done; the connection is dropped after `seconds`",
    "lost_answer": "the work is done; the connection is dropped after `seconds`",
    "slow": "the answer comes `seconds` late",
    "token_expired": "401; the access token is really at its end",
    "terms_not_accepted": "403 Terms and conditions must be accepted to continue",
    "empty_page": "a list answers no items and a token",
    "repeated_token": "a list answers its page with the token of that same page",
    "empty_body": "`status` (200) with no body at all",
    "error_in_200": "200 with the body of an error",
    "invalid_grant": "the token endpoint says the refresh token is revoked",
    "token_server_error": "the token endpoint answers `status` (500): ServerError, 503: "
    "temporarily_unavailable",
    "slow_download": "`bytes_per_s` of a result file",
    "torn_download": "the connection is dropped after `fraction` of a result file",
    "link_expired": "403 Request has expired",
    "missing_part": "the last of several result files is 404 NoSuchKey",
    "foreign_link": "the download address is `url`, on another host",
    "several_parts": "the result comes in `parts` files, each with the header",
    "gzip": "result files are gzip",
    "double_gzip": "result files are gzip in gzip",
    "parts_differ": "the result comes in `parts` files, the last with another header",
    "empty_result": "the header line only",
    "unknown_status": "`status_text` is shown in place of RUNNING",
    "stuck_running": "stays in RUNNING until the fault is cleared",
    "stuck_pending": "stays in PENDING until the fault is cleared",
    "fail_execution": "ends FAILED with `reason`",
    "reject_execution": "ends REJECTED with `reason`, by default the privacy text",
    "instance_gone": "the instance is not listed and answers 403",
    "clock_skew": "the clock of the local AMC is off by `seconds`",
}


class Fault(BaseModel):
    """One fault: what, where, how often."""

    model_config = ConfigDict(extra="forbid")

    fault_id: str = Field("", description="Given by the server when left out")
    kind: Kind
    rate: float = Field(1.0, ge=0, le=1, description="Share of the matching events")
    count: int | None = Field(None, ge=0, description="Strike at most so often")
    max_in_row: int | None = Field(
        None, ge=1, description="After so many strikes in a row one event passes"
    )
    skip: int = Field(0, ge=0, description="Let so many matching events pass first")
    instance: str = Field("*", description="Instance id, with * and ?")
    route: str = Field("*", description="'METHOD /path', with * and ?")
    client: str = Field("*", description="Client id, with * and ?")
    seed: int = Field(0, description="Another seed strikes other events")
    status: int | None = Field(None, ge=200, le=599, description="See the kinds")
    url: str = Field("http://169.254.169.254/latest/meta-data", description="The other host")
    seconds: float = Field(
        1.0,
        ge=-1e7,
        le=1e7,
        allow_inf_nan=False,
        description="Real seconds (clock_skew: of the clock)",
    )
    retry_after_s: int | None = Field(None, ge=0, description="Sent as Retry-After")
    bytes_per_s: int = Field(10_000, ge=1, description="Speed of the download")
    fraction: float = Field(0.5, ge=0, lt=1, description="How much of the file arrives")
    parts: int = Field(2, ge=1, le=5, description="Number of result files")
    status_text: str = Field("AWAITING_DATA", description="The status shown")
    reason: str | None = Field(None, description="The statusReason")
    seen: int = Field(0, description="Matching events so far")
    struck: int = Field(0, description="Times it struck")
    in_row: int = Field(0, description="Times it struck since it last did not")

    def matches(self, *, route: str, instance: str, client: str) -> bool:
        """Whether an event is this fault's business.

        A route of `*` leaves the login alone: its faults have kinds of their own.
        """
        if self.route == "*" and self.kind in REQUEST_KINDS and _LOGIN.search(route):
            return False
        if self.kind == "terms_not_accepted" and " /amc/" not in route:
            return False
        return (
            fnmatch.fnmatchcase(route, self.route)
            and fnmatch.fnmatchcase(instance, self.instance)
            and fnmatch.fnmatchcase(client, self.client)
        )

    def strikes(self) -> bool:
        """Count a matching event; whether the fault strikes it."""
        self.seen += 1
        if self.seen <= self.skip or (self.count is not None and self.struck >= self.count):
            return False
        digest = hashlib.sha256(f"{self.seed}:{self.kind}:{self.seen}".encode()).digest()
        hit = int.from_bytes(digest[:8], "big") / 2**64 < self.rate
        hit = hit and (self.max_in_row is None or self.in_row < self.max_in_row)
        self.struck += hit
        self.in_row = self.in_row + 1 if hit else 0
        return hit


def fields() -> list[dict[str, Any]]:
    """What a fault can be given, in order, for the control page.

    Each with name, default, help, whether it is a number, and the kinds that look at it (none:
    all of them do).
    """
    shape = Fault.model_json_schema()["properties"]
    found = []
    for name, info in Fault.model_fields.items():
        if name in ("kind", "seen", "struck", "in_row"):
            continue
        either = shape[name].get("anyOf", [shape[name]])
        kinds = [kind for kind, text in DESCRIPTIONS.items() if f"`{name}`" in text]
        found.append({"name": name, "default": info.default, "help": info.description or "",
                      "number": either[0]["type"] in ("number", "integer"),
                      "kinds": kinds})  # fmt: skip
    return found


class FaultBox:
    """The faults that are on; kept over a restart."""

    def __init__(self, store: Store) -> None:
        """Load what was on."""
        self._store, self._lock = store, threading.Lock()
        self._faults: dict[str, Fault] = {}
        for fault_id, doc in store.rows("SELECT fault_id, doc FROM faults ORDER BY rowid"):
            self._faults[fault_id] = Fault.model_validate_json(doc)

    def all(self) -> list[Fault]:
        """Every fault, in the order of their making."""
        with self._lock:
            return [fault.model_copy() for fault in self._faults.values()]

    def add(self, fault: Fault) -> Fault:
        """Switch a fault on."""
        with self._lock:
            number = int(self._store.get("fault_number") or 0) + 1
            self._store.put("fault_number", number)
            fault.fault_id = fault.fault_id or f"fault-{number}"
            self._faults[fault.fault_id] = fault
            self._keep(fault)
        return fault.model_copy()

    def remove(self, fault_id: str | None = None) -> int:
        """Switch one off, or all; how many."""
        with self._lock:
            gone = [key for key in self._faults if fault_id in (None, key)]
            for key in gone:
                del self._faults[key]
                self._store.write("DELETE FROM faults WHERE fault_id = ?", (key,))
        return len(gone)

    def strike(
        self, *kinds: str, route: str = "", instance: str = "", client: str = ""
    ) -> Fault | None:
        """Tell the faults of some kinds of an event; the first that strikes, if one does."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults.values():
                if fault.kind not in kinds or not fault.matches(
                    route=route, instance=instance, client=client
                ):
                    continue
                hit = fault.strikes()
                self._keep(fault)
                if hit:
                    return fault.model_copy()
        return None

    def standing(self, kind: str, *, instance: str = "") -> Fault | None:
        """A fault of a kind that is on, without counting anything."""
        with self._lock:
            for fault in self._faults.values():
                if fault.kind == kind and fnmatch.fnmatchcase(instance, fault.instance):
                    return fault.model_copy()
        return None

    def _keep(self, fault: Fault) -> None:
        self._store.write(
            "INSERT OR REPLACE INTO faults (fault_id, doc) VALUES (?, ?)",
            (fault.fault_id, json.dumps(fault.model_dump())),
        )

    def describe(self) -> dict[str, Any]:
        """Kinds and what they do."""
        return dict(DESCRIPTIONS)
