"""Wire models of AMC reporting: workflows, executions, schedules."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, JsonValue, model_validator

from amc.sandbox.http.wire import Flag, Text, Wire, empty_is_absent, flag, whole

ScalarType = Literal[
    "BINARY", "BOOLEAN", "BYTE", "CALENDAR_INTERVAL", "DATE", "DECIMAL", "DOUBLE", "FLOAT",
    "INTEGER", "LONG", "SHORT", "STRING", "TIMESTAMP",
]  # fmt: skip
WorkflowName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$", max_length=512)]


class ArrayType(Wire):
    """The data type of a list parameter."""

    type: Literal["ARRAY"]
    element_data_type: ScalarType
    element_nullable: bool = False

    @model_validator(mode="after")
    def _say_nullable(self) -> "ArrayType":
        """Requests leave it out, answers add it."""
        self.model_fields_set.add("element_nullable")
        return self


class InputParameter(Wire):
    """A declared parameter."""

    name: str = Field(min_length=1)
    data_type: ScalarType | ArrayType
    column_type: Literal["DIMENSION", "METRIC"] | None = None
    default_value: JsonValue = None
    description: str | None = None
    display_name: str | None = None


class OutputFormat(Wire):
    """How the CSV is quoted."""

    escape_character: Annotated[str, Field(max_length=1)] | None = None
    quote_character: Annotated[str, Field(max_length=1)] | None = None
    separator_character: Annotated[str, Field(max_length=1)] | None = None


class OutputColumn(Wire):
    """A column of the output as declared by the caller."""

    name: str
    data_type: Any = None
    column_type: str | None = None
    data_type_precision: int | None = None
    data_type_scale: int | None = None
    description: str | None = None


class WorkflowParts(Wire):
    """What saved and ad hoc workflows have in common."""

    sql_query: str = Field(min_length=1)
    input_parameters: list[InputParameter] | None = Field(None, max_length=100)
    filtered_metrics_discriminator_column: Text = None
    distinct_user_count_column: Text = None
    filtered_reason_column: Text = None
    privacy_filtering_behavior: Annotated[
        Literal["REMOVE_ROWS", "REMOVE_VALUES"] | None, BeforeValidator(empty_is_absent)
    ] = None
    output_format: OutputFormat | None = None
    output_columns: list[OutputColumn] | None = Field(None, max_length=100)


class WorkflowBody(WorkflowParts):
    """POST and PUT of a workflow."""

    workflow_id: WorkflowName


class AdHocWorkflow(WorkflowParts):
    """The workflow inside an execution; an id in it means nothing."""


class Advertiser(Wire):
    """An advertiser that narrows the data."""

    id: str
    type: str | None = None
    marketplace_id: str | None = None


WindowType = Literal[
    "EXPLICIT", "MOST_RECENT_DAY", "MOST_RECENT_WEEK", "CURRENT_MONTH", "PREVIOUS_MONTH", "ALL"
]


class ExecutionBody(Wire):
    """POST of an execution."""

    workflow_id: WorkflowName | None = None
    workflow: AdHocWorkflow | None = None
    time_window_type: Annotated[
        WindowType, BeforeValidator(lambda value: value or "MOST_RECENT_DAY")
    ] = "MOST_RECENT_DAY"
    time_window_start: Text = None
    time_window_end: Text = None
    time_window_time_zone: Annotated[str, BeforeValidator(lambda value: value or "UTC")] = "UTC"
    parameter_values: dict[str, JsonValue] | None = None
    dry_run: Flag = None
    skip_publish: Flag = None
    disable_aggregation_controls: Flag = None
    require_synthetic_data: Flag = None
    ignore_data_gaps: Flag = None
    workflow_execution_timeout_seconds: Annotated[
        int | None, Field(ge=900, le=86400), BeforeValidator(whole)
    ] = None
    advertisers: list[Advertiser] | None = None


class ExecutionChange(Wire):
    """PUT of an execution: only the status is looked at."""

    status: str | None = None


DayName = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def _zero(value: Any) -> Any:
    return 0 if value == "" else whole(value)


def _yes(value: Any) -> Any:
    return True if value == "" else flag(value)


class ScheduleBody(Wire):
    """POST and PUT of a schedule."""

    schedule_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$", max_length=512)]
    workflow_id: WorkflowName
    aggregation_period: Literal["Daily", "Weekly"] = "Daily"
    aggregation_start_day: Annotated[DayName | None, BeforeValidator(empty_is_absent)] = None
    aggregation_hour_utc: Annotated[int, Field(ge=0, le=23), BeforeValidator(_zero)] = 0
    schedule_enabled: Annotated[bool, BeforeValidator(_yes)] = True
    require_synthetic_data: Flag = None
    disable_aggregation_controls: Flag = None
    marketplace_id: str | None = None
