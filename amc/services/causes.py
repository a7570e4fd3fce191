"""The error catalogue: what Amazon's words mean and what to do about them.

Amazon's text stays verbatim beside it, as evidence. Sources: the AMC guides and the texts that
clients have reported.
"""

import re
from dataclasses import asdict, dataclass
from typing import Any, Literal

from amc.errors import AmcError, ApiError

Fault = Literal["ours", "amazon", "query"]


@dataclass(frozen=True, slots=True)
class Cause:
    """One entry: `code` is stable, `fault` says whose it is."""

    code: str
    fault: Fault
    cause: str
    fix: str


def _cause(code: str, fault: str, cause: str, fix: str) -> Cause:
    return Cause(code, fault, cause, fix)  # type: ignore[arg-type]


_CATALOGUE: tuple[tuple[re.Pattern[str], Cause], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), _cause(*entry))
    for pattern, entry in (
        (
            r"too many workflows have already been run against the same input data",
            (
                "differencing",
                "query",
                "Amazon refused it to protect privacy: too many similar queries have read the "
                "same data in overlapping windows.",
                "Use an earlier result, or change the window and wait before running it again.",
            ),
        ),
        (
            r"undeclared parameter '?(\w*)",
            (
                "undeclared_parameter",
                "query",
                "The SQL uses a CUSTOM_PARAMETER that was not declared.",
                "Give the parameter a value; names are case-sensitive.",
            ),
        ),
        (
            r"object '([^']+)' not found",
            (
                "unknown_table",
                "query",
                "A table in the SQL does not exist on this instance.",
                "Check its spelling, and under Instances whether this instance has the data "
                "source; paid sources need a subscription.",
            ),
        ),
        (
            r"column '([^']+)' not found",
            (
                "unknown_column",
                "query",
                "A column in the SQL does not exist in the tables that it reads.",
                "Look the column up in the schema explorer.",
            ),
        ),
        (
            r"unsupported scalar operation type \|\|",
            (
                "concatenation",
                "query",
                "AMC SQL has no || operator.",
                "Use CONCAT(a, b).",
            ),
        ),
        (
            r"interval data types are not enabled",
            (
                "interval",
                "query",
                "AMC SQL has no INTERVAL arithmetic.",
                "Use SECONDS_BETWEEN, or widen the table's window with EXTEND_TIME_WINDOW.",
            ),
        ),
        (
            r"number of columns must match",
            (
                "column_count",
                "query",
                "Two parts of the query that must have the same number of columns do not.",
                "Compare the column list with the SELECT or VALUES behind it, and both sides of "
                "UNION.",
            ),
        ),
        (
            r"is not being grouped",
            (
                "not_grouped",
                "query",
                "A column in the SELECT is neither aggregated nor in GROUP BY.",
                "Add it to GROUP BY or aggregate it.",
            ),
        ),
        (
            r"syntax error|parse|encountered|are you missing",
            (
                "syntax",
                "query",
                "Amazon could not read the SQL.",
                "Check the text at the place that the message names.",
            ),
        ),
        (
            r"aggregation threshold|VERY_HIGH|INTERNAL|cannot be (output|selected)|user-level",
            (
                "privacy",
                "query",
                "The query would show values that AMC never lets out.",
                "Count such columns (COUNT(DISTINCT …)) instead of listing them, and do not "
                "compare HIGH columns with literals.",
            ),
        ),
        (
            r"synthetic data",
            (
                "synthetic",
                "ours",
                "A sandbox instance only runs on synthetic data.",
                "Run it on a STANDARD instance, or report this: it is sent by itself.",
            ),
        ),
        (
            r"timed? ?out|time limit|exceeded.*(time|seconds)",
            (
                "timeout",
                "amazon",
                "The query ran longer than its limit.",
                "Shorten the window or the query, and run it again.",
            ),
        ),
        (
            r"terms and conditions",
            (
                "terms",
                "amazon",
                "The terms of AMC were not accepted for this account.",
                "Accept them once in the AMC console, then run it again.",
            ),
        ),
        (
            r"does not exist",
            (
                "gone",
                "amazon",
                "Amazon does not know this any more.",
                "Sync the instances; run it again if the instance is still there.",
            ),
        ),
        (
            r"internal (server )?error|service unavailable",
            (
                "amazon_internal",
                "amazon",
                "Amazon had an error of its own.",
                "Run it again.",
            ),
        ),
    )
)

_UNKNOWN = Cause(
    "unknown",
    "amazon",
    "Amazon gave this reason and no more.",
    "Read Amazon's words; run it again, or show them to an administrator.",
)


def explain_reason(reason: str, *, rejected: bool = False) -> dict[str, Any]:
    """Cause, evidence, fix and fault of a `statusReason`."""
    for pattern, cause in _CATALOGUE:
        if pattern.search(reason):
            return asdict(cause) | {"evidence": reason}
    fault = {"fault": "query"} if rejected else {}
    return asdict(_UNKNOWN) | fault | {"evidence": reason}


def explain_error(exc: AmcError) -> dict[str, Any]:
    """Cause, evidence, fix and fault of an error of ours or of a call to Amazon."""
    if isinstance(exc, ApiError) and exc.body:
        found = explain_reason(exc.body, rejected=exc.status == 400)
        if found["code"] != "unknown":
            return found
    fault: Fault = "amazon" if isinstance(exc, ApiError) else "ours"
    return {
        "code": type(exc).__name__,
        "fault": fault,
        "cause": exc.message,
        "fix": exc.hint or "Try again.",
        "evidence": exc.body if isinstance(exc, ApiError) else "",
    }
