"""Amazon's AMC API, one method an endpoint. Source: the AMC reporting and administration APIs.

`AmcApi` knows a login and can ask what there is. `AccountApi` and `InstanceApi` cannot be made
without account and marketplace: Amazon wants both in headers, and mixed-up ids are the field's
second great source of trouble.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from amc.api.download import Downloaded, download
from amc.api.http import Answer, Transport
from amc.api.lwa import AccessTokens
from amc.api.ports import RateBudget
from amc.api.retry import Kind, should_retry, wait_for
from amc.api.wire import (
    AmcAccount,
    AmcInstance,
    DataSource,
    DownloadUrls,
    Json,
    Profile,
    SavedWorkflow,
    WorkflowExecution,
    items,
    text,
    unwrap,
)
from amc.clock import Clock, SystemClock
from amc.errors import ApiError, RateLimitedError, UnauthorizedError, UnreadableAnswerError
from amc.ids import AmcExecutionId, EntityId, InstanceId, MarketplaceId

PAGE = 100
_MOST_PAGES = 10_000


@dataclass(frozen=True)
class Caller:
    """What every call needs: where, as whom, and at what pace."""

    base_url: str
    client_id: str
    tokens: AccessTokens
    transport: Transport
    budget: RateBudget
    rate_key: str
    interactive: bool = False
    pace: Clock = SystemClock()  # noqa: RUF009 - it has no state

    def call(
        self,
        action: str,
        method: str,
        path: str,
        *,
        kind: Kind = "safe",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        instance: str = "",
    ) -> Answer:
        """One call with its retries; a refused token is refreshed once.

        Raises:
            ApiError: it did not work, after the tries that the policy allows.
        """
        tries, refreshed = 0, False
        while True:
            tries += 1
            token = self.tokens.get()
            self.pace.sleep(self.budget.reserve(self.rate_key, interactive=self.interactive))
            try:
                answer = self.transport.send(
                    action,
                    method,
                    f"{self.base_url}{path}",
                    headers={
                        "Amazon-Advertising-API-ClientId": self.client_id,
                        "Authorization": f"Bearer {token}",
                        "Content-Type": "application/json",
                        "Accept": "application/json, */*",
                        **(headers or {}),
                    },
                    query=query,
                    json=json,
                    instance=instance,
                )
            except UnauthorizedError as exc:
                if refreshed or not _is_about_token(exc):
                    raise
                refreshed = True
                self.tokens.refused(token)
            except ApiError as exc:
                if isinstance(exc, RateLimitedError):
                    self.budget.slow_down(self.rate_key, exc.retry_after_s)
                if not should_retry(exc, kind, tries):
                    raise
                self.pace.sleep(wait_for(exc, tries))
            else:
                self.budget.speed_up(self.rate_key)
                return answer


def _is_about_token(exc: UnauthorizedError) -> bool:
    """Only some 401s speak of the token; those about a scope do not change by refreshing."""
    return "scope" not in (exc.body or exc.message).lower()


def paged(
    fetch: Callable[[str], Any], key: str, *, most_pages: int = _MOST_PAGES
) -> Iterator[Json]:
    """All items over all pages: until the token ends, also over empty pages.

    Raises:
        UnreadableAnswerError: a token came a second time, so the list would never end.
    """
    token, seen = "", set[str]()
    for _ in range(most_pages):
        body = fetch(token)
        yield from items(body, key)
        token = text(body.get("nextToken")) if isinstance(body, Mapping) else ""
        if not token:
            return
        if token in seen:
            break
        seen.add(token)
    raise UnreadableAnswerError("Amazon's list does not end: a page came a second time.")


class AmcApi:
    """What one login can see."""

    def __init__(self, caller: Caller) -> None:
        """Keep the caller."""
        self._caller = caller

    def list_profiles(self) -> list[Profile]:
        """`GET /v2/profiles`."""
        body = self._caller.call("profiles.list", "GET", "/v2/profiles").body
        return [Profile.read(item) for item in items(body, "profiles")]

    def list_accounts(self) -> Iterator[AmcAccount]:
        """`GET /amc/accounts`, all pages."""

        def page(token: str) -> Any:
            query = {"nextToken": token} if token else None
            return self._caller.call("accounts.list", "GET", "/amc/accounts", query=query).body

        for item in paged(page, "amcAccounts"):
            yield AmcAccount.read(item)


class AccountApi:
    """One AMC account."""

    def __init__(
        self, caller: Caller, *, entity_id: EntityId, marketplace_id: MarketplaceId
    ) -> None:
        """Both ids are of the AMC account, not of a profile."""
        if not entity_id or not marketplace_id:
            raise ValueError("a call on an account needs its entity id and marketplace id")
        self._caller = caller
        self._headers = {
            "Amazon-Advertising-API-AdvertiserId": entity_id,
            "Amazon-Advertising-API-MarketplaceId": marketplace_id,
        }

    def _call(self, action: str, method: str, path: str, **more: Any) -> Answer:
        return self._caller.call(action, method, path, headers=self._headers, **more)

    def _pages(
        self,
        action: str,
        path: str,
        key: str,
        query: Mapping[str, Any] | None = None,
        instance: str = "",
    ) -> Iterator[Json]:
        def page(token: str) -> Any:
            asked = {"limit": str(PAGE), **(query or {})} | ({"nextToken": token} if token else {})
            return self._call(action, "GET", path, query=asked, instance=instance).body

        return paged(page, key)

    def list_instances(self) -> Iterator[AmcInstance]:
        """`GET /amc/instances`, all pages."""
        for item in self._pages("instances.list", "/amc/instances", "instances"):
            yield AmcInstance.read(item)

    def get_instance(self, instance_id: InstanceId) -> AmcInstance:
        """`GET /amc/instances/{instanceId}`."""
        body = self._call("instances.get", "GET", f"/amc/instances/{instance_id}").body
        return AmcInstance.read(unwrap(body, "instance"))

    def list_advertisers(self, instance_id: InstanceId) -> list[dict[str, Any]]:
        """`GET /amc/instances/{instanceId}/advertisers`, all pages."""
        path = f"/amc/instances/{instance_id}/advertisers"
        return [dict(item) for item in self._pages("advertisers.list", path, "advertisers")]


class InstanceApi(AccountApi):
    """One AMC instance: its data sources, workflows and executions."""

    def __init__(
        self,
        caller: Caller,
        *,
        entity_id: EntityId,
        marketplace_id: MarketplaceId,
        instance_id: InstanceId,
        download_hosts: tuple[str, ...] = (),
    ) -> None:
        """`download_hosts`: where results may be fetched from, beside the API's own host."""
        super().__init__(caller, entity_id=entity_id, marketplace_id=marketplace_id)
        if not instance_id:
            raise ValueError("a call on an instance needs its id")
        self._instance, self._download_hosts = instance_id, download_hosts
        self._root = f"/amc/reporting/{instance_id}"

    def _do(self, action: str, method: str, path: str, **more: Any) -> Answer:
        return self._call(action, method, f"{self._root}{path}", instance=self._instance, **more)

    # Data sources

    def list_data_sources(self) -> Iterator[DataSource]:
        """`GET …/dataSources`, all pages."""
        for item in self._pages(
            "data_sources.list",
            f"{self._root}/dataSources",
            "dataSources",
            instance=self._instance,
        ):
            yield DataSource.read(item)

    # Workflows

    def list_workflows(self) -> Iterator[SavedWorkflow]:
        """`GET …/workflows`, all pages."""
        for item in self._pages(
            "workflows.list", f"{self._root}/workflows", "workflows", instance=self._instance
        ):
            yield SavedWorkflow.read(item)

    def get_workflow(self, workflow_id: str) -> SavedWorkflow:
        """`GET …/workflows/{workflowId}`."""
        body = self._do("workflows.get", "GET", f"/workflows/{workflow_id}").body
        return SavedWorkflow.read(unwrap(body, "workflow"))

    def create_workflow(
        self,
        workflow_id: str,
        sql_query: str,
        *,
        input_parameters: list[dict[str, Any]] | None = None,
    ) -> None:
        """`POST …/workflows`.

        Its id is ours, so Amazon tells a repeat by it ("already exists") and it may be repeated.

        Raises:
            RemoteConflictError: a workflow of this id exists.
            InvalidRequestError: it does not compile; Amazon's words in `body`.
        """
        body: dict[str, Any] = {"workflowId": workflow_id, "sqlQuery": sql_query}
        if input_parameters:
            body["inputParameters"] = input_parameters
        self._do("workflows.create", "POST", "/workflows", json=body)

    def delete_workflow(self, workflow_id: str) -> None:
        """`DELETE …/workflows/{workflowId}`."""
        self._do("workflows.delete", "DELETE", f"/workflows/{workflow_id}")

    # Executions

    def create_execution(
        self,
        workflow_id: str,
        *,
        window_start: str,
        window_end: str,
        zone: str,
        parameter_values: Mapping[str, Any],
        require_synthetic_data: bool = False,
    ) -> WorkflowExecution:
        """`POST …/workflowExecutions` of a saved workflow over an explicit window.

        Amazon has no idempotency key, so this is never repeated blindly.

        Args:
            workflow_id: a saved workflow.
            window_start: `yyyy-MM-ddTHH:mm:ss` on the clocks of `zone`, without offset.
            window_end: likewise, the first moment that no longer counts.
            zone: IANA name.
            parameter_values: values of the declared parameters.
            require_synthetic_data: always for sandbox instances.
        """
        body: dict[str, Any] = {
            "workflowId": workflow_id,
            "timeWindowType": "EXPLICIT",
            "timeWindowStart": window_start,
            "timeWindowEnd": window_end,
            "timeWindowTimeZone": zone,
        }
        if parameter_values:
            body["parameterValues"] = dict(parameter_values)
        if require_synthetic_data:
            body["requireSyntheticData"] = True
        answer = self._do(
            "executions.create", "POST", "/workflowExecutions", kind="creates", json=body
        )
        return WorkflowExecution.read(unwrap(answer.body, "workflowExecution"), answer.request_id)

    def get_execution(self, execution_id: AmcExecutionId | str) -> WorkflowExecution:
        """`GET …/workflowExecutions/{id}`."""
        answer = self._do("executions.get", "GET", f"/workflowExecutions/{execution_id}")
        return WorkflowExecution.read(unwrap(answer.body, "workflowExecution"), answer.request_id)

    def list_executions(
        self, *, since: datetime, workflow_id: str = "", include_cancelled: bool = True
    ) -> Iterator[WorkflowExecution]:
        """`GET …/workflowExecutions` created since an instant, all pages, newest first."""
        query = {
            "minCreationTime": since.strftime("%Y-%m-%dT%H:%M:%S"),
            "includeCancelled": "true" if include_cancelled else "false",
        }
        if workflow_id:
            query["workflowId"] = workflow_id
        for item in self._pages(
            "executions.list",
            f"{self._root}/workflowExecutions",
            "executions",
            query,
            instance=self._instance,
        ):
            yield WorkflowExecution.read(item)

    def cancel_execution(self, execution_id: AmcExecutionId | str) -> None:
        """`PUT …/workflowExecutions/{id}` with CANCELLED; read it again to know."""
        self._do(
            "executions.cancel",
            "PUT",
            f"/workflowExecutions/{execution_id}",
            json={"status": "CANCELLED"},
        )

    def get_download_urls(self, execution_id: AmcExecutionId | str) -> DownloadUrls:
        """`GET …/workflowExecutions/{id}/downloadUrls`; the links live ten minutes."""
        answer = self._do(
            "executions.download_urls", "GET", f"/workflowExecutions/{execution_id}/downloadUrls"
        )
        return DownloadUrls.read(unwrap(answer.body, "downloadUrlsResponse"))

    def download(self, url: str, target: Path) -> Downloaded:
        """Fetch one file of a result, without Amazon's headers; see `amc.api.download`."""
        return download(
            self._caller.transport,
            url,
            target,
            hosts=self._download_hosts,
            instance=self._instance,
        )
