"""For each recorded example, the call that brings the local AMC to the same answer."""

from tests.sandbox.http import scenarios_admin, scenarios_executions, scenarios_workflows
from tests.sandbox.http.scenario_base import ADHOC, EXPLICIT, SCENARIOS
from tests.sandbox.http.scenarios_admin import completed_instance, lookup

__all__ = [
    "ADHOC",
    "EXPLICIT",
    "SCENARIOS",
    "completed_instance",
    "lookup",
    "scenarios_admin",
    "scenarios_executions",
    "scenarios_workflows",
]
