"""The functions that AMC knows, by what they do to a value."""

COUNTS = frozenset({"COUNT", "APPROX_COUNT_DISTINCT"})
"""Aggregates that reveal a number and nothing of what is counted."""

SUMS = frozenset(
    {"SUM", "AVG", "STDDEV", "STDDEV_SAMP", "STDDEV_POP", "VARIANCE", "VAR_SAMP", "VAR_POP",
     "SKEWNESS", "PERCENTILE", "APPROX_PERCENTILE", "MEDIAN"}
)  # fmt: skip
"""Aggregates of figures: a condition inside their argument acts as a filter."""

PICKS = frozenset({"MIN", "MAX", "COLLECT"})
"""Aggregates that hand out values as they are."""

AGGREGATES = COUNTS | SUMS | PICKS

RANKS = frozenset({"ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST"})
"""Window functions that reveal a place and nothing of what is ordered."""

OFFSETS = frozenset({"LAG", "LEAD", "FIRST_VALUE", "LAST_VALUE"})

ARRAY_KEEPING = frozenset({"ARRAY_SORT", "ARRAY_DISTINCT", "FLATTEN", "ARRAY_CAT", "ARRAY_UNION"})
"""A collected list stays one."""

COMPARING = frozenset({"ARRAY_CONTAINS", "CONTAINED_IN", "NULLIF", "GREATEST", "LEAST",
                       "ARRAY_REMOVE", "ARRAY_INTERSECT", "ARRAY_COMPLEMENT"})  # fmt: skip
"""Functions that compare their arguments with each other."""

SPECIAL = frozenset({"CASE", "CAST", "ARRAY", "CURRENT_DATE", "CURRENT_TIMESTAMP", "TABLE", "MOD"})
"""Syntax that looks like a function, beside the functions of the dialect's table."""

TIME_PARAMETERS = frozenset({"TIME_WINDOW_START", "TIME_WINDOW_END"})
