"""Names of other systems and of earlier years, with what AMC has in their place."""

_RENAMED = {
    "display_impressions": "dsp_impressions",
    "display_clicks": "dsp_clicks",
    "display_views": "dsp_views",
    "sponsored_products_traffic": "sponsored_ads_traffic",
    "amazon_attributed_conversions_by_traffic_time": "amazon_attributed_events_by_traffic_time",
    "amazon_attributed_conversions_by_conversion_time": (
        "amazon_attributed_events_by_conversion_time"
    ),
    "conversions_non_ad_exposed": "conversions_all",
    "impressions_clicks_conversions": None,
}
REFUSED: dict[str, tuple[str, str]] = {
    "GETDATE": ("write CAST('today' AS DATE)", ""),
    "NOW": ("write CAST('now' AS TIMESTAMP)", "CAST('now' AS TIMESTAMP)"),
    "SYSDATE": ("write CAST('now' AS TIMESTAMP)", ""),
    "CURDATE": ("write CAST('today' AS DATE)", "CAST('today' AS DATE)"),
    "DATEDIFF": ("use SECONDS_BETWEEN(a, b)", ""),
    "DATE_DIFF": ("use SECONDS_BETWEEN(a, b)", ""),
    "TIMESTAMPDIFF": ("use SECONDS_BETWEEN(a, b)", ""),
    "TIMESTAMP_DIFF": ("use SECONDS_BETWEEN(a, b)", ""),
    "DATE_ADD": ("compare with SECONDS_BETWEEN, or use EXTEND_TIME_WINDOW", ""),
    "DATEADD": ("compare with SECONDS_BETWEEN, or use EXTEND_TIME_WINDOW", ""),
    "TIMESTAMPADD": ("compare with SECONDS_BETWEEN, or use EXTEND_TIME_WINDOW", ""),
    "ADD_MONTHS": ("compare with SECONDS_BETWEEN, or use EXTEND_TIME_WINDOW", ""),
    "DATE_SUB": ("compare with SECONDS_BETWEEN, or use EXTEND_TIME_WINDOW", ""),
    "DATE": ("write CAST(x AS DATE)", "CAST({} AS DATE)"),
    "NTILE": ("rank with RANK() or ROW_NUMBER()", ""),
}
"""What AMC refuses, the advice, and what a fix writes with the arguments."""
DATE_UNITS = frozenset(
    {"SECOND", "MINUTE", "HOUR", "DAY", "DOW", "DOY", "WEEK", "MONTH", "QUARTER", "YEAR"}
)
"""The words for parts of a date or time."""
OTHER_NAMES = {
    "CEILING": "CEIL",
    "POW": "POWER",
    "LEN": "LENGTH",
    "CHAR_LENGTH": "LENGTH",
    "CHARACTER_LENGTH": "LENGTH",
    "SUBSTR": "SUBSTRING",
    "DAY": "DAYOFMONTH",
    "ARRAY_LENGTH": "CARDINALITY",
    "ARRAY_SIZE": "CARDINALITY",
    "SIZE": "CARDINALITY",
    "ARRAY_JOIN": "ARRAY_TO_STRING",
    "REGEXP_EXTRACT": "REGEXP_SUBSTR",
    "SPLIT": "REGEXP_SPLIT",
    "IIF": "IF",
    "RAND": "RANDOM",
    "UCASE": "UPPER",
    "LCASE": "LOWER",
    "TRUNCATE": "TRUNC",
    "STRUCT": "Rows are made with NAMED_ROW('label', x, …).",
    "ROW": "Rows are made with NAMED_ROW('label', x, …).",
    "REGEXP_LIKE": "Write s SIMILAR TO pattern.",
    "REGEXP_CONTAINS": "Write s SIMILAR TO pattern.",
    "REGEXP_MATCHES": "Write s SIMILAR TO pattern.",
    "TO_DATE": "Write CAST(x AS DATE).",
    "TO_TIMESTAMP": "Write CAST(x AS TIMESTAMP).",
    "DATE_FORMAT": "Truncate with DATE_TRUNC, or take parts with EXTRACT.",
    "TO_CHAR": "Write CAST(x AS VARCHAR).",
    "STRFTIME": "Truncate with DATE_TRUNC, or take parts with EXTRACT.",
    "ISNULL": "Write COALESCE(a, b) or x IS NULL.",
    "SAFE_DIVIDE": "Write a / NULLIF(b, 0).",
    "DIV0": "Write a / NULLIF(b, 0).",
    "UNIX_TIMESTAMP": "Write SECONDS_BETWEEN(CAST('1970-01-01' AS TIMESTAMP), x).",
}
"""Functions of other systems: AMC's name, or advice."""
OTHER_RULES = frozenset(
    {"ARRAY_AGG", "UNNEST", "STRING_AGG", "LISTAGG", "GROUP_CONCAT", "ANY_VALUE", "COUNT_IF",
     "COUNTIF", "PERCENTILE_CONT", "PERCENTILE_DISC", "MODE", "GROUPING"}
)  # fmt: skip
"""Functions that rules of their own speak of."""


def is_old_table(name: str) -> bool:
    """Whether a table had this name in earlier years."""
    return name in _RENAMED or name.startswith("adserver_")


def new_table_name(name: str) -> str | None:
    """Its name of today; None when nothing replaces it."""
    return _RENAMED.get(name)
