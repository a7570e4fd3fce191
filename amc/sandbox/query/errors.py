"""What can go wrong with a query, each as AMC would put it."""

from amc.errors import AmcError


class CompileError(AmcError):
    """AMC does not compile this query.

    Attributes:
        cause: AMC's words alone, such as
            "From line 1, column 45 to line 1, column 64: Object 'x' not found".
        workflow_id: the workflow that was to be compiled.
    """

    def __init__(self, cause: str, workflow_id: str = "") -> None:
        """Put AMC's frame around the cause."""
        self.cause, self.workflow_id = cause, workflow_id
        super().__init__(
            f"Was unable to compile workflow {workflow_id} "
            f"because it was found to be invalid: {cause}"
            if workflow_id
            else cause
        )


class RunFailedError(AmcError):
    """The query could not be computed; the text is fit for `statusReason`."""


class RunTimedOutError(RunFailedError):
    """The query took longer than its time-out."""


class RunCancelledError(RunFailedError):
    """The query was cancelled while it ran."""
