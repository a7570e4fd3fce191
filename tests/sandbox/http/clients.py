"""Two clients in the manner of those that exist: their requests and their reading of answers.

Written anew from what is known of the sequences that they send; both take any status from 200 to
203 for success and decode every body as JSON at once.
"""

import json
import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from tests.sandbox.site import CLIENT, RETURN_TO, SECRET, Site

SHOWN = ("message", "statusReason", "details", "messageSubject")
GOING_ON = ("PENDING", "RUNNING", "PUBLISHING")
WELL, BADLY = ("SUCCEEDED", "CANCELLED"), ("FAILED", "REJECTED")


class FailedError(Exception):
    """The client gave up; the text is what its user sees."""


class Solution:
    """As Amazon's solution does it: repeats of its HTTP library, JSON content type everywhere."""

    def __init__(self, site: Site, instance_id: str, refresh_token: str) -> None:
        self.site, self.base = site, f"{site.url}/amc/reporting/{instance_id}"
        self.refresh_token, self.access_token = refresh_token, ""
        self.account = site.account_headers(instance_id)
        self.session = requests.Session()
        repeats = Retry(
            total=10, backoff_factor=0, status_forcelist=[429, 500, 504], allowed_methods=None,
            respect_retry_after_header=True,
        )  # fmt: skip
        self.session.mount("http://", HTTPAdapter(max_retries=repeats))
        self.refreshed = 0

    def refresh(self) -> None:
        """The token call: JSON text, no Content-Type."""
        fields = {"grant_type": "refresh_token", "refresh_token": self.refresh_token,
                  "client_id": CLIENT, "client_secret": SECRET}  # fmt: skip
        answer = requests.post(
            f"{self.site.url}/auth/o2/token", data=json.dumps(fields), timeout=10
        )
        if not 200 <= answer.status_code <= 203:
            raise FailedError(answer.text)
        self.access_token = answer.json()["access_token"]
        self.refreshed += 1

    def send(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """A request; 401 leads to one refresh and one repeat."""
        if not self.access_token:
            self.refresh()
        answer = self._send(method, path, **more)
        if answer.status_code == 401:
            self.refresh()
            answer = self._send(method, path, **more)
        body = answer.json()
        if not isinstance(body, dict):
            raise FailedError(f"not an object: {answer.text}")
        if not 200 <= answer.status_code <= 203:
            raise FailedError(next((body[key] for key in SHOWN if body.get(key)), "unknown"))
        return body

    def _send(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {
            "Content-Type": "application/json",
            "x-amzn-service-name": "amc",
            "x-amzn-service-version": "2.0",
            "Authorization": f"Bearer {self.access_token}",
            "Amazon-Advertising-API-ClientId": CLIENT,
            **{k: v for k, v in self.account.items() if "AdvertiserId" in k or "Marketplace" in k},
        }
        data = json.dumps(more.pop("body")) if "body" in more else ""
        return self.session.request(
            method, self.base + path, headers=headers, data=data, timeout=20, **more
        )

    def save(self, definition: dict[str, Any]) -> str:
        """Create a workflow, or replace it when it is there."""
        name = definition["workflowId"]
        try:
            self.send("POST", "/workflows", body=definition)
        except FailedError as failure:
            if str(failure) != f"Workflow with ID {name} already exists.":
                raise
            self.send("PUT", f"/workflows/{name}", body=definition)
            return "replaced"
        return "created"

    def remove(self, name: str) -> None:
        """Look first, delete only what is there."""
        self.send("GET", f"/workflows/{name}")
        self.send("DELETE", f"/workflows/{name}")

    def start(self, body: dict[str, Any]) -> str:
        made = self.send("POST", "/workflowExecutions", body=body)
        return str(made.get("workflowExecutionId"))

    def follow(self, execution_id: str) -> str:
        """Poll to the end; a status that it does not know stops it."""
        while True:
            found = self.send("GET", f"/workflowExecutions/{execution_id}?includeWorkflow=False")
            status = found["status"]
            if status in WELL + BADLY:
                return str(status)
            if status not in GOING_ON:
                raise FailedError(f"unknown status {status}")
            time.sleep(0.02)

    def cancel(self, execution_id: str) -> None:
        """GET, PUT, GET: the last must say CANCELLED."""
        path = f"/workflowExecutions/{execution_id}"
        self.send("GET", path)
        self.send("PUT", path, body={"status": "CANCELLED"})
        if self.send("GET", path)["status"] != "CANCELLED":
            raise FailedError("not cancelled")

    def listed(self, since: str, **query: str) -> list[dict[str, Any]]:
        """Every page, until the token is missing or empty; an empty one is sent first."""
        found: list[dict[str, Any]] = []
        token, pages = "", 0
        while True:
            asked = {"minCreationTime": since, "nextToken": token, **query}
            page = self.send("GET", "/workflowExecutions", params=asked)
            found += page["executions"]
            token, pages = page.get("nextToken", ""), pages + 1
            if token == "":
                return found
            assert pages < 50, "it would go on for ever"


class Notebook:
    """As Amazon's notebook does it: forms, JSON text without a type, texts for values."""

    def __init__(self, site: Site) -> None:
        self.url = site.url
        page = requests.get(
            f"{site.url}/ap/oa",
            params={"client_id": CLIENT, "scope": "advertising::campaign_management",
                    "response_type": "code", "redirect_uri": RETURN_TO, "local_consent": "allow"},
            allow_redirects=False, timeout=10,
        )  # fmt: skip
        code = page.headers["Location"].partition("code=")[2].partition("&")[0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": RETURN_TO,
                "client_id": CLIENT, "client_secret": SECRET}  # fmt: skip
        tokens = requests.post(f"{site.url}/auth/o2/token", data=form, timeout=10).json()
        self.headers = {
            "Amazon-Advertising-API-ClientID": CLIENT,
            "Authorization": "Bearer " + tokens["access_token"],
        }
        assert tokens["refresh_token"]

    def choose(self, number: int = 0) -> list[str]:
        """Look up an account; the ids of its instances."""
        self.headers["Amazon-Advertising-API-MarketplaceId"] = "ATVPDKIKX0DER"
        account = self.get("/amc/accounts")["amcAccounts"][number]
        self.headers["Amazon-Advertising-API-AdvertiserId"] = account["accountId"]
        self.headers["Amazon-Advertising-API-MarketplaceId"] = account["marketplaceId"]
        return [item["instanceId"] for item in self.get("/amc/instances")["instances"]]

    def get(self, path: str, **query: str) -> Any:
        answer = requests.get(self.url + path, headers=self.headers, params=query, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """JSON text: the library adds no Content-Type to it."""
        answer = requests.post(
            self.url + path, headers=self.headers, data=json.dumps(body), timeout=10
        )
        assert "Content-Type" not in answer.request.headers
        assert answer.ok, answer.text
        return answer.json()
