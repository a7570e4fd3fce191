"""AMC Manager: an analyst's dashboard for Amazon Marketing Cloud."""

__version__ = "0.1.0"
