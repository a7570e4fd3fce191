"""Saved workflows and data sources of one instance."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from amc.api.base import PAGE_SIZE, read_one, read_pages
from amc.api.reporting import REPORTING, ReportingApi
from amc.api.wire import DataSource, Workflow
from amc.errors import UsageError
from amc.ids import WorkflowId

_WORKFLOWS = REPORTING + "/workflows"
_WORKFLOW = _WORKFLOWS + "/{workflowId}"
_SOURCES = REPORTING + "/dataSources"
_WORKFLOW_ID = re.compile(r"[A-Za-z0-9._-]+")


def workflow_body(
    workflow_id: str,
    sql_query: str,
    *,
    input_parameters: Sequence[Mapping[str, Any]] = (),
    **options: str | None,
) -> dict[str, Any]:
    """A workflow as Amazon takes it.

    Args:
        workflow_id: letters, digits, `.`, `-`, `_`.
        sql_query: the text; never changed here.
        input_parameters: declarations in Amazon's spelling (`name`, `dataType`, …).
        options: further fields in Amazon's spelling; None is left out.

    Raises:
        UsageError: the id has other signs, or there is no text.
    """
    if not _WORKFLOW_ID.fullmatch(workflow_id):
        raise UsageError(f"'{workflow_id}' is no workflow id: letters, digits, . - _ only.")
    if not sql_query.strip():
        raise UsageError("A workflow needs SQL.")
    body: dict[str, Any] = {"workflowId": workflow_id, "sqlQuery": sql_query}
    if input_parameters:
        body["inputParameters"] = [dict(item) for item in input_parameters]
    return body | {key: value for key, value in options.items() if value is not None}


class WorkflowsMixin(ReportingApi):
    """Workflows and data sources."""

    def list_workflows(self, *, page_size: int | None = PAGE_SIZE) -> list[Workflow]:
        """`GET …/workflows`: every saved workflow.

        Raises:
            ApiError: see `amc.errors`.
        """
        return read_pages(
            Workflow,
            lambda token: self._send(
                "workflows.list",
                "GET",
                _WORKFLOWS,
                path=self._path(),
                query={"nextToken": token, "limit": str(page_size) if page_size else None},
            ),
            key="workflows",
            identity=lambda item: item.workflow_id,
        )

    def get_workflow(self, workflow_id: WorkflowId | str) -> Workflow:
        """`GET …/workflows/{workflowId}`.

        Raises:
            RemoteMissingError: there is none.
            ApiError: see `amc.errors`.
        """
        answer = self._send(
            "workflows.get", "GET", _WORKFLOW, path=self._path(workflowId=workflow_id)
        )
        return read_one(Workflow, answer, "workflow")

    def create_workflow(
        self,
        workflow_id: WorkflowId | str,
        sql_query: str,
        *,
        input_parameters: Sequence[Mapping[str, Any]] = (),
        filtered_metrics_discriminator_column: str | None = None,
        distinct_user_count_column: str | None = None,
        filtered_reason_column: str | None = None,
        privacy_filtering_behavior: str | None = None,
    ) -> None:
        """`POST …/workflows`: save a workflow under an id of the caller's choice.

        Raises:
            RemoteConflictError: the id is taken.
            InvalidRequestError: Amazon cannot compile the text; its words are kept.
            ApiError: see `amc.errors`.
        """
        self._send(
            "workflows.create",
            "POST",
            _WORKFLOWS,
            path=self._path(),
            body=workflow_body(
                workflow_id,
                sql_query,
                input_parameters=input_parameters,
                filteredMetricsDiscriminatorColumn=filtered_metrics_discriminator_column,
                distinctUserCountColumn=distinct_user_count_column,
                filteredReasonColumn=filtered_reason_column,
                privacyFilteringBehavior=privacy_filtering_behavior,
            ),
        )

    def update_workflow(
        self,
        workflow_id: WorkflowId | str,
        sql_query: str,
        *,
        input_parameters: Sequence[Mapping[str, Any]] = (),
        filtered_metrics_discriminator_column: str | None = None,
        distinct_user_count_column: str | None = None,
        filtered_reason_column: str | None = None,
        privacy_filtering_behavior: str | None = None,
    ) -> None:
        """`PUT …/workflows/{workflowId}`: replace the whole definition; Amazon keeps no history.

        Raises:
            ApiError: see `create_workflow`; RemoteMissingError when there is none.
        """
        self._send(
            "workflows.update",
            "PUT",
            _WORKFLOW,
            path=self._path(workflowId=workflow_id),
            body=workflow_body(
                workflow_id,
                sql_query,
                input_parameters=input_parameters,
                filteredMetricsDiscriminatorColumn=filtered_metrics_discriminator_column,
                distinctUserCountColumn=distinct_user_count_column,
                filteredReasonColumn=filtered_reason_column,
                privacyFilteringBehavior=privacy_filtering_behavior,
            ),
        )

    def delete_workflow(self, workflow_id: WorkflowId | str) -> None:
        """`DELETE …/workflows/{workflowId}`.

        Raises:
            RemoteMissingError: there is none (after a lost answer: it worked the first time).
            InvalidRequestError: a schedule of AMC refers to it.
            ApiError: see `amc.errors`.
        """
        self._send("workflows.delete", "DELETE", _WORKFLOW, path=self._path(workflowId=workflow_id))

    def list_data_sources(self, *, page_size: int | None = PAGE_SIZE) -> list[DataSource]:
        """`GET …/dataSources`: every table that the instance has, with its columns.

        Raises:
            ApiError: see `amc.errors`.
        """
        return read_pages(
            DataSource,
            lambda token: self._send(
                "data_sources.list",
                "GET",
                _SOURCES,
                path=self._path(),
                query={"nextToken": token, "limit": str(page_size) if page_size else None},
            ),
            key="dataSources",
            identity=lambda item: item.data_source_id,
        )

    def get_data_source(self, data_source_id: str) -> DataSource:
        """`GET …/dataSources/{dataSourceId}`.

        Raises:
            ApiError: see `amc.errors`.
        """
        answer = self._send(
            "data_sources.get",
            "GET",
            _SOURCES + "/{dataSourceId}",
            path=self._path(dataSourceId=data_source_id),
        )
        return read_one(DataSource, answer, "dataSource")
