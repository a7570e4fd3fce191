"""Templates: AMC SQL with typed parameters, an output contract, charts and a reading guide."""

from amc.templates.loading import Found, find_templates, load_template, load_templates, read_values
from amc.templates.model import Choice, Maturity, Needs, Output, Parameter, Source
from amc.templates.template import Rendered, Template

__all__ = [
    "Choice",
    "Found",
    "Maturity",
    "Needs",
    "Output",
    "Parameter",
    "Rendered",
    "Source",
    "Template",
    "find_templates",
    "load_template",
    "load_templates",
    "read_values",
]
