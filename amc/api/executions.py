"""Workflow executions of one instance."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from amc.api.base import PAGE_SIZE, read_one, read_pages
from amc.api.caller import wire_time
from amc.api.reporting import REPORTING, ReportingApi
from amc.api.windows import window_body
from amc.api.wire import DownloadUrls, WorkflowExecution
from amc.errors import UsageError
from amc.ids import AmcExecutionId, WorkflowId

_EXECUTIONS = REPORTING + "/workflowExecutions"
_EXECUTION = _EXECUTIONS + "/{workflowExecutionId}"
SHORTEST_TIMEOUT_S, LONGEST_TIMEOUT_S = 900, 86400


def options_body(
    parameter_values: Mapping[str, Any] | None,
    *,
    require_synthetic_data: bool,
    disable_aggregation_controls: bool,
    dry_run: bool,
    timeout_s: int | None,
) -> dict[str, Any]:
    """The further fields of an execution; what is off is left out.

    Raises:
        UsageError: the time-out is outside 15 minutes to a day.
    """
    body: dict[str, Any] = {}
    if parameter_values:
        body["parameterValues"] = dict(parameter_values)
    flags = {
        "requireSyntheticData": require_synthetic_data,
        "disableAggregationControls": disable_aggregation_controls,
        "dryRun": dry_run,
    }
    body |= {key: True for key, on in flags.items() if on}
    if timeout_s is not None:
        if not SHORTEST_TIMEOUT_S <= timeout_s <= LONGEST_TIMEOUT_S:
            raise UsageError("A time-out of an execution lies between 900 and 86400 seconds.")
        body["workflowExecutionTimeoutSeconds"] = timeout_s
    return body


class ExecutionsMixin(ReportingApi):
    """Executions."""

    def create_execution(
        self,
        workflow_id: WorkflowId | str,
        *,
        window_start: str | datetime | None = None,
        window_end: str | datetime | None = None,
        zone: str = "UTC",
        window_type: str | None = None,
        parameter_values: Mapping[str, Any] | None = None,
        require_synthetic_data: bool = False,
        disable_aggregation_controls: bool = False,
        dry_run: bool = False,
        timeout_s: int | None = None,
        before: Callable[[], None] | None = None,
    ) -> WorkflowExecution:
        """`POST …/workflowExecutions`: run a saved workflow.

        Never repeated blindly: after a TransportError with `sent`, a ServerError or an
        UnreadableAnswerError the run may exist; look for it with `list_executions`.

        Args:
            workflow_id: a workflow saved on this instance.
            window_start: first moment, inclusive; see `amc.api.windows.window_text`.
            window_end: end, exclusive.
            zone: IANA name that both are meant in.
            window_type: one of `amc.api.windows.RELATIVE_WINDOWS` in place of start and end.
            parameter_values: typed values by name.
            require_synthetic_data: must be True on a sandbox instance.
            disable_aggregation_controls: with synthetic data only.
            dry_run: check only.
            timeout_s: 900 to 86400.
            before: called right before the request leaves, after all waiting for a place; what it
                raises stops the request.

        Raises:
            WindowError, UsageError: it would be refused; nothing is sent.
            ApiError: see `amc.errors`.
        """
        if not workflow_id:
            raise UsageError("An execution needs the id of a saved workflow.")
        return self._create(
            {"workflowId": workflow_id},
            window_body(window_start, window_end, zone, window_type),
            options_body(
                parameter_values,
                require_synthetic_data=require_synthetic_data,
                disable_aggregation_controls=disable_aggregation_controls,
                dry_run=dry_run,
                timeout_s=timeout_s,
            ),
            before=before,
        )

    def create_adhoc_execution(
        self,
        sql_query: str,
        *,
        window_start: str | datetime | None = None,
        window_end: str | datetime | None = None,
        zone: str = "UTC",
        window_type: str | None = None,
        require_synthetic_data: bool = False,
        disable_aggregation_controls: bool = False,
        dry_run: bool = False,
    ) -> WorkflowExecution:
        """`POST …/workflowExecutions` with a text of its own, such as a dry run.

        Not for reports: Amazon makes up the workflow id, so a run whose answer was lost could not
        be found again.

        Raises:
            WindowError, UsageError, ApiError: see `create_execution`.
        """
        return self._create(
            {"workflow": {"sqlQuery": sql_query}},
            window_body(window_start, window_end, zone, window_type),
            options_body(
                None,
                require_synthetic_data=require_synthetic_data,
                disable_aggregation_controls=disable_aggregation_controls,
                dry_run=dry_run,
                timeout_s=None,
            ),
        )

    def _create(
        self, *parts: Mapping[str, Any], before: Callable[[], None] | None = None
    ) -> WorkflowExecution:
        body: dict[str, Any] = {}
        for part in parts:
            body |= part
        answer = self._send(
            "executions.create", "POST", _EXECUTIONS, path=self._path(), body=body, before=before
        )
        return read_one(WorkflowExecution, answer, "workflowExecution")

    def get_execution(
        self, execution_id: AmcExecutionId | str, *, with_sql: bool | None = None
    ) -> WorkflowExecution:
        """`GET …/workflowExecutions/{id}`; `with_sql` None leaves the text to Amazon's default.

        Raises:
            RemoteMissingError: Amazon does not know it (any more).
            ApiError: see `amc.errors`.
        """
        answer = self._send(
            "executions.get",
            "GET",
            _EXECUTION,
            path=self._path(workflowExecutionId=execution_id),
            query={"includeWorkflow": None if with_sql is None else str(with_sql).lower()},
        )
        return read_one(WorkflowExecution, answer, "workflowExecution")

    def list_executions(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        workflow_id: WorkflowId | str | None = None,
        include_cancelled: bool = False,
        with_sql: bool = False,
        zone: str | None = "UTC",
        page_size: int | None = PAGE_SIZE,
    ) -> list[WorkflowExecution]:
        """`GET …/workflowExecutions`: everything run on the instance, newest first.

        Args:
            since: only those created from here on (aware); needed unless `workflow_id` is given.
            until: only those created up to here.
            workflow_id: only those of this workflow.
            include_cancelled: Amazon leaves cancelled ones out otherwise.
            with_sql: with the text of each.
            zone: sent beside the times, which are UTC; None leaves it to Amazon.
            page_size: at most 100.

        Raises:
            UsageError: neither `since` nor `workflow_id`.
            ApiError: see `amc.errors`; never a part of the list.
        """
        if since is None and not workflow_id:
            raise UsageError("A list of executions needs a time or a workflow.")
        query = {
            "minCreationTime": wire_time(since) if since else None,
            "maxCreationTime": wire_time(until) if until else None,
            "timeZone": zone if since or until else None,
            "workflowId": workflow_id,
            "includeCancelled": "true" if include_cancelled else None,
            "includeWorkflow": "true" if with_sql else None,
            "limit": str(page_size) if page_size else None,
        }
        return read_pages(
            WorkflowExecution,
            lambda token: self._send(
                "executions.list",
                "GET",
                _EXECUTIONS,
                path=self._path(),
                query=query | {"nextToken": token},
            ),
            key="executions",
            identity=lambda item: item.workflow_execution_id,
        )

    def cancel_execution(self, execution_id: AmcExecutionId | str) -> None:
        """`PUT …/workflowExecutions/{id}`: ask for a cancel; look at the state afterwards.

        Raises:
            InvalidRequestError: it has ended already.
            ApiError: see `amc.errors`.
        """
        self._send(
            "executions.cancel",
            "PUT",
            _EXECUTION,
            path=self._path(workflowExecutionId=execution_id),
            body={"status": "CANCELLED"},
        )

    def get_download_urls(self, execution_id: AmcExecutionId | str) -> DownloadUrls:
        """`GET …/workflowExecutions/{id}/downloadUrls`: good for ten minutes.

        Raises:
            InvalidRequestError: there is no result yet.
            ApiError: see `amc.errors`.
        """
        answer = self._send(
            "executions.download_urls",
            "GET",
            _EXECUTION + "/downloadUrls",
            path=self._path(workflowExecutionId=execution_id),
        )
        return DownloadUrls.read(answer.object(), request_id=answer.request_id)
