"""Every switch of the local AMC, with what it stands for and what Amazon is thought to do."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Options(BaseModel):
    """Switches that the command line and the admin endpoint set; times in seconds of the clock."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    pending_s: float = Field(0.3, ge=0, description="Time in PENDING before a slot is taken")
    running_s: float = Field(0.5, ge=0, description="Least time in RUNNING")
    publishing_s: float = Field(0.0, ge=0, description="Time in PUBLISHING; 0 leaves it out")
    listing_lag_s: float = Field(0.0, ge=0, description="An execution is listed after this")
    workers: int = Field(2, ge=1, le=64, description="Queries computed at the same time")
    per_instance: int = Field(10, ge=1, description="Executions running on one instance")
    per_account: int = Field(200, ge=1, description="Executions running in one account")
    rate_per_s: float = Field(
        10.0, ge=0, description="Requests accepted in any second, by client and region; 0: no limit"
    )
    retry_after_s: int | None = Field(
        1, ge=0, description="Retry-After of a 429 of the rate limit; null sends none"
    )
    wrapped: bool = Field(default=False, description="Reporting answers in the spec's wrapped form")
    strict_media_types: bool = Field(
        default=False, description="Answer 415 to a body that does not say it is JSON"
    )
    strict_types: bool = Field(
        default=False, description="Refuse texts in place of Booleans and numbers in bodies of AMC"
    )
    unknown_fields: bool = Field(default=False, description="Add an unknown field to every object")
    empty_page_every: int = Field(
        0, ge=0, description="Every n-th list answer is an empty page with a token; 0: never"
    )
    compile_errors: Literal["split", "early", "late"] = Field(
        "split",
        description="split: 400 for workflows, REJECTED for executions; early: 400 for both; "
        "late: REJECTED for both",
    )
    unknown_id_status: Literal[400, 404] = Field(
        400, description="Status of GET, PUT and DELETE of an id that is not there"
    )
    zulu_windows: Literal["strip", "refuse", "empty"] = Field(
        "strip",
        description="Window times that end in Z. strip: the Z is taken off; refuse: 400; "
        "empty: taken, and no row comes out, as one project saw",
    )
    schedule_delay_s: float = Field(
        23_400.0, ge=0, description="How long after its hour a native schedule's run begins"
    )
    overlap_limit: int = Field(
        1000,
        ge=0,
        description="Executions over the same data sources and overlapping windows on one instance "
        "within overlap_hours after which the next one is REJECTED; 0: no limit. "
        "A rule of ours: Amazon does not publish its own.",
    )
    overlap_hours: float = Field(24.0, gt=0, description="See overlap_limit")
    auto_consent: bool = Field(default=False, description="The consent page agrees by itself")
    provisioning_s: float = Field(5.0, ge=0, description="Time to make an instance")
    instant_provisioning_s: float = Field(
        60.0, ge=0, le=300, description="Time that an instant instance stays IN_PROGRESS"
    )
    ads_media_types: bool = Field(
        default=True,
        description="Campaign and product look-ups answer 415 and 406 to other media types "
        "than their own",
    )
    max_parts: int = Field(5, ge=1, le=5, description="Most files of one result")


def options_help() -> dict[str, str]:
    """Name of each option and what it stands for, for the control page."""
    return {name: field.description or "" for name, field in Options.model_fields.items()}
