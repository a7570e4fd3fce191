"""AMC SQL: dialect, catalog, parameters, checker."""
