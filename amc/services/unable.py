"""Instances that cannot run what the others of a run can: why, in whose words, and left out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from amc.services.views import InstanceView, LeftOut
from amc.sql.findings import Finding
from amc.sql.severities import SANDBOX

_MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """One text on instances that have the same.

    Attributes:
        findings: what the checker says against what they have.
        anywhere: what it says of the same text against all that AMC has.
    """

    findings: Sequence[Finding]
    anywhere: Sequence[Finding]


def errors(findings: Sequence[Finding]) -> list[Finding]:
    """Those that Amazon would refuse."""
    return [f for f in findings if f.severity == "error"]


def own_errors(one: Checked, all_of_run: Collection[Checked]) -> list[Finding]:
    """The errors that are of what an instance has, and not of the text.

    An error is the instance's when the text is right elsewhere: against all that AMC has (a table
    that was never ordered), or on another instance of the run (a data source of its own).
    """
    found = []
    for error in errors(one.findings):
        elsewhere = error in one.anywhere and not (
            error.code not in SANDBOX
            and any(error not in other.findings for other in all_of_run if other is not one)
        )
        if not elsewhere:
            found.append(error)
    return found


def in_words(findings: Sequence[Finding]) -> str:
    """Errors that an instance has to itself, as a reason that follows its name."""
    said = list(dict.fromkeys(_about_it(f.message) for f in findings))
    more = f" and {len(said) - _MOST_REASONS} more" if len(said) > _MOST_REASONS else ""
    return "; ".join(said[:_MOST_REASONS]) + more


def _about_it(message: str) -> str:
    if message.startswith("This instance "):
        message = f"it {message.removeprefix('This instance ')}"
    return message.rstrip(".")


def by_reason(unable: Mapping[str, Sequence[InstanceView]]) -> str:
    """Every instance that cannot run it, under its reason, as one sentence."""
    return "; ".join(
        f"{reason}: {', '.join(i.instance_id for i in instances)}"
        for reason, instances in unable.items()
    )


def left_out_of(
    stored: Sequence[Mapping[str, str]] | None, within: Collection[str] | None
) -> list[LeftOut]:
    """What a stored run says of the instances that it left out, those in reach (None: all)."""
    found = [LeftOut(str(entry["instance_id"]), str(entry["reason"])) for entry in stored or ()]
    return [entry for entry in found if within is None or entry.instance_id in within]
