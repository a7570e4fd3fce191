"""Amazon's requests and answers as types: camelCase at this edge only.

Readers are tolerant: unknown fields are ignored, enums are open texts, single objects come flat
or wrapped, ids are text whatever JSON makes of them. Source: the AMC reporting and administration
APIs as recorded.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from amc.errors import UnreadableAnswerError

Json = Mapping[str, Any]


def text(value: Any) -> str:
    """A field as text; ids that JSON holds as numbers keep every digit."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


_FRACTION = re.compile(r"(\.\d{1,6})\d*")


def instant(value: Any) -> datetime | None:
    """An instant with 0 to 9 fractional digits and `Z` or an offset; None when there is none."""
    if not isinstance(value, str) or not value:
        return None
    try:
        found = datetime.fromisoformat(_FRACTION.sub(r"\1", value.strip()))
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def unwrap(body: Any, key: str) -> Json:
    """The object of an answer, whether flat or under its key.

    Raises:
        UnreadableAnswerError: it is no object.
    """
    if isinstance(body, Mapping):
        inner = body.get(key)
        return inner if isinstance(inner, Mapping) else body
    raise UnreadableAnswerError("Amazon's answer is not an object.")


def items(body: Any, key: str) -> list[Json]:
    """The list of an answer: under its key, or bare; one object counts as a list of one.

    Raises:
        UnreadableAnswerError: there is no list.
    """
    found = body.get(key) if isinstance(body, Mapping) else body
    if found is None and isinstance(body, Mapping):
        singular = body.get(key.rstrip("s"))
        found = [singular] if isinstance(singular, Mapping) else []
    if not isinstance(found, list):
        raise UnreadableAnswerError(f"Amazon's answer has no list '{key}'.")
    return [item for item in found if isinstance(item, Mapping)]


@dataclass(frozen=True, slots=True)
class AmcAccount:
    """An AMC account."""

    account_id: str
    account_name: str
    marketplace_id: str

    @classmethod
    def read(cls, raw: Json) -> "AmcAccount":
        """From `/amc/accounts`."""
        return cls(
            text(raw.get("accountId")), text(raw.get("accountName")), text(raw.get("marketplaceId"))
        )


@dataclass(frozen=True, slots=True)
class Profile:
    """An advertising profile."""

    profile_id: str
    country_code: str
    currency_code: str
    timezone: str
    account_id: str
    account_type: str
    account_name: str
    marketplace_id: str

    @classmethod
    def read(cls, raw: Json) -> "Profile":
        """From `/v2/profiles`."""
        info = raw.get("accountInfo")
        account: Json = info if isinstance(info, Mapping) else {}
        return cls(
            text(raw.get("profileId")),
            text(raw.get("countryCode")),
            text(raw.get("currencyCode")),
            text(raw.get("timezone")),
            text(account.get("id")),
            text(account.get("type")),
            text(account.get("name")),
            text(account.get("marketplaceStringId")),
        )


@dataclass(frozen=True, slots=True)
class AmcInstance:
    """An AMC instance."""

    instance_id: str
    instance_name: str
    instance_type: str
    customer_canonical_name: str
    creation_status: str
    creation_datetime: datetime | None
    raw: Json = field(repr=False)

    @classmethod
    def read(cls, raw: Json) -> "AmcInstance":
        """From `/amc/instances`."""
        return cls(
            text(raw.get("instanceId")),
            text(raw.get("instanceName")),
            text(raw.get("instanceType")),
            text(raw.get("customerCanonicalName")),
            text(raw.get("creationStatus")),
            instant(raw.get("creationDatetime")),
            raw,
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything that Amazon said."""
        return dict(self.raw)


@dataclass(frozen=True, slots=True)
class DataSource:
    """A data source of an instance."""

    data_source_id: str
    raw: Json = field(repr=False)

    @classmethod
    def read(cls, raw: Json) -> "DataSource":
        """From `…/dataSources`."""
        return cls(text(raw.get("dataSourceId")), raw)

    def to_dict(self) -> dict[str, Any]:
        """Everything that Amazon said."""
        return dict(self.raw)


@dataclass(frozen=True, slots=True)
class SavedWorkflow:
    """A workflow saved at Amazon."""

    workflow_id: str
    sql_query: str
    input_parameters: list[dict[str, Any]]

    @classmethod
    def read(cls, raw: Json) -> "SavedWorkflow":
        """From `…/workflows`."""
        parameters = raw.get("inputParameters")
        return cls(
            text(raw.get("workflowId")),
            text(raw.get("sqlQuery")),
            [dict(p) for p in parameters] if isinstance(parameters, list) else [],
        )


@dataclass(frozen=True, slots=True)
class WorkflowExecution:
    """A workflow execution; `status` is Amazon's word, also one that we do not know."""

    workflow_execution_id: str
    workflow_id: str
    status: str
    status_reason: str
    create_time: datetime | None
    last_updated_time: datetime | None
    time_window_start_original: str
    time_window_end_original: str
    time_window_time_zone_original: str
    parameter_values: dict[str, Any]
    output_columns: list[dict[str, Any]]
    execution_time_s: float | None
    request_id: str = ""

    @classmethod
    def read(cls, raw: Json, request_id: str = "") -> "WorkflowExecution":
        """From `…/workflowExecutions`.

        Raises:
            UnreadableAnswerError: it has no id or no status.
        """
        execution_id, status = text(raw.get("workflowExecutionId")), text(raw.get("status"))
        if not execution_id or not status:
            raise UnreadableAnswerError("Amazon's execution has no id or no status.")
        values, columns = raw.get("parameterValues"), raw.get("outputColumns")
        took = raw.get("executionTime")
        return cls(
            execution_id,
            text(raw.get("workflowId")),
            status.upper(),
            text(raw.get("statusReason")),
            instant(raw.get("createTime")),
            instant(raw.get("lastUpdatedTime")),
            text(raw.get("timeWindowStartOriginal")),
            text(raw.get("timeWindowEndOriginal")),
            text(raw.get("timeWindowTimeZoneOriginal")),
            dict(values) if isinstance(values, Mapping) else {},
            [dict(c) for c in columns if isinstance(c, Mapping)]
            if isinstance(columns, list)
            else [],
            float(took) if isinstance(took, int | float) else None,
            request_id,
        )


@dataclass(frozen=True, slots=True)
class DownloadUrls:
    """Where a result lies; the links are credentials and live ten minutes."""

    download_urls: list[str] = field(repr=False)
    metadata_urls: list[str] = field(repr=False)

    @classmethod
    def read(cls, raw: Json) -> "DownloadUrls":
        """From `…/downloadUrls`."""

        def links(name: str) -> list[str]:
            found = raw.get(name)
            return [str(u) for u in found] if isinstance(found, list) else []

        return cls(links("downloadUrls"), links("metadataDownloadUrls"))


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What Login with Amazon gives."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int

    @classmethod
    def read(cls, raw: Any, *, refresh_token: str = "") -> "TokenAnswer":
        """From the token endpoint; a refresh may leave the refresh token out.

        Raises:
            UnreadableAnswerError: there is no access token in it.
        """
        if not isinstance(raw, Mapping) or not raw.get("access_token"):
            raise UnreadableAnswerError("Login with Amazon gave no access token.")
        seconds = raw.get("expires_in")
        return cls(
            text(raw.get("access_token")),
            text(raw.get("refresh_token")) or refresh_token,
            int(seconds) if isinstance(seconds, int | float) and seconds > 0 else 3600,
        )
