"""What AMC does not compile, in its words and with its positions."""

from collections.abc import Callable

import pytest

from amc.sandbox.query import CompileError, CompileRequest, QueryEngine
from tests.sandbox.query.conftest import Events

Refuse = Callable[..., str]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        (
            "SELECT campaign, SUM(clicks) AS clicks FROM sponsored_ads_trafic GROUP BY 1",
            "From line 1, column 45 to line 1, column 64: Object 'sponsored_ads_trafic' not found",
        ),
        (
            "SELECT campain FROM dsp_clicks",
            "From line 1, column 8 to line 1, column 14: Column 'campain' not found in any table",
        ),
        (
            "SELECT c.campain FROM dsp_clicks c",
            "From line 1, column 8 to line 1, column 16: Column 'campain' not found in table 'c'",
        ),
        (
            "SELECT x.campaign FROM dsp_clicks c",
            "At line 1, column 8: Table 'x' not found",
        ),
        (
            "SELECT campaign\nFROM dsp_clicks a\nJOIN dsp_impressions b ON a.user_id = b.user_id",
            "From line 1, column 8 to line 1, column 15: Column 'campaign' is ambiguous",
        ),
        (
            "SELECT campaign, advertiser, SUM(clicks) AS n FROM dsp_clicks GROUP BY campaign",
            "From line 1, column 18 to line 1, column 27: "
            "Expression 'advertiser' is not being grouped",
        ),
        (
            "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks",
            "From line 1, column 8 to line 1, column 15: "
            "Expression 'campaign' is not being grouped",
        ),
        (
            "SELECT campaign, clicks FROM dsp_clicks\nUNION ALL\nSELECT campaign FROM dsp_clicks",
            "Column count mismatch in UNION ALL",
        ),
        (
            "SELECT campaign FROM dsp_clicks WHERE SUM(clicks) > 1",
            "Aggregate expression is illegal in WHERE clause",
        ),
        ("SELECT SUM(MAX(clicks)) AS n FROM dsp_clicks", "Aggregate expressions cannot be nested"),
        ("SELECT campaign || 'x' AS c FROM dsp_clicks", "Unsupported scalar operation type ||"),
        (
            "SELECT campaign FROM dsp_clicks WHERE click_date > CURRENT_DATE - INTERVAL '7' DAY",
            "interval data types are not enabled",
        ),
        ("SELECT campaign FROM dsp_clicks LIMIT 10", "LIMIT is not supported"),
        (
            "SELECT campaign FROM (SELECT campaign FROM dsp_clicks LIMIT 10)",
            "LIMIT is not supported",
        ),
        ("SELECT * FROM dsp_clicks", "SELECT * is not supported; name the columns"),
        (
            "SELECT a.campaign FROM dsp_clicks a RIGHT JOIN dsp_views b ON a.user_id = b.user_id",
            "RIGHT JOIN is not supported",
        ),
        (
            "SELECT campaign FROM dsp_clicks EXCEPT SELECT campaign FROM dsp_views",
            "EXCEPT is not supported",
        ),
        (
            "SELECT GETDATE() AS now FROM dsp_clicks",
            "No match found for function signature GETDATE()",
        ),
        (
            "SELECT DATEDIFF('day', click_date, click_date) AS d FROM dsp_clicks",
            "No match found for function signature DATEDIFF(<CHARACTER>, <ANY>, <ANY>)",
        ),
        (
            "SELECT NTILE(4) OVER (ORDER BY campaign) AS q FROM dsp_clicks",
            "No match found for function signature NTILE(<NUMERIC>)",
        ),
        (
            "SELECT IF(clicks = 1, 'a') AS x FROM dsp_clicks",
            "No match found for function signature IF(<ANY>, <CHARACTER>)",
        ),
        (
            "SELECT LENGTH(campaign, 'a') AS x FROM dsp_clicks",
            "No match found for function signature LENGTH(<ANY>, <CHARACTER>)",
        ),
        ("SELECT COUNT(*) OVER () AS n FROM dsp_clicks", "COUNT(*) OVER is not supported"),
        ("SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY 3", "Ordinal out of range"),
        ("UPDATE dsp_clicks SET clicks = 1", "Are you missing <WITH> or <SELECT>?"),
        ("SELECT campaign FROM dsp_clicks WHERE", "A syntax error was found"),
        ("", "A syntax error was found"),
        (
            "SELECT campaign FROM TABLE(EXTEND_TIME_WINDOW(dsp_clicks, 'P28D', 'P0D'))",
            "Invalid arguments to EXTEND_TIME_WINDOW: expected three string literals",
        ),
        (
            "SELECT campaign FROM TABLE(EXTEND_TIME_WINDOW('dsp_clicks', '28 days', 'P0D'))",
            "Invalid arguments to EXTEND_TIME_WINDOW: '28 days' is not a duration",
        ),
        (
            "SELECT campaign FROM TABLE(EXTEND_TIME_WINDOW('dsp_click', 'P28D', 'P0D'))",
            "From line 1, column 47 to line 1, column 57: Object 'dsp_click' not found",
        ),
        ("SELECT event_category FROM conversions_all", "Object 'conversions_all' not found"),
        ("SELECT campaign FROM dsp_clicks_for_audiences", "'dsp_clicks_for_audiences' not found"),
        ("SELECT path FROM read_parquet('/etc/passwd')", "not found"),
        ("SELECT column_name FROM information_schema.columns", "not found"),
    ],
)
def test_amc_says_what_and_where(refuse: Refuse, sql: str, words: str) -> None:
    assert words in refuse(sql)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("SUM(campaign)", "From line 1, column 8 to line 1, column 19: Cannot apply 'SUM' to "
         "arguments of type 'SUM(<VARCHAR>)'. Supported form(s): 'SUM(<NUMERIC>)'"),
        ("AVG(click_date)", "'AVG(<DATE>)'. Supported form(s): 'AVG(<NUMERIC>)'"),
        ("click_date - 7", "From line 1, column 8 to line 1, column 21: Cannot apply '-' to "
         "arguments of type '<DATE> - <BIGINT>'. Supported form(s): '<NUMERIC> - <NUMERIC>'"),
        ("click_dt_utc - click_dt_utc", "'<TIMESTAMP> - <TIMESTAMP>'"),
        ("campaign + 1", "Cannot apply '+' to arguments of type '<VARCHAR> + <BIGINT>'"),
        ("-campaign", "Cannot apply '-' to arguments of type '-(<VARCHAR>)'"),
        ("IF(click_date = 5, 1, 0)", "'<DATE> = <BIGINT>'. Supported form(s): "
         "'<COMPARABLE_TYPE> = <COMPARABLE_TYPE>'"),
        ("IF(campaign AND TRUE, 1, 0)", "'<VARCHAR> AND <BOOLEAN>'. Supported form(s): "
         "'<BOOLEAN> AND <BOOLEAN>'"),
        ("CASE WHEN clicks = 1 THEN click_date ELSE 5 END",
         "Illegal mixing of types in CASE or COALESCE statement"),
        ("COALESCE(click_date, 1)", "Illegal mixing of types in CASE or COALESCE statement"),
        ("ABS(campaign)", "'ABS(<VARCHAR>)'. Supported form(s): 'ABS(<NUMERIC>)'"),
        ("HOUR(clicks)", "'HOUR(<BIGINT>)'. Supported form(s): 'HOUR(<DATETIME>)'"),
        ("SECONDS_BETWEEN(clicks, click_dt_utc)", "'SECONDS_BETWEEN(<BIGINT>)'"),
        ("DATE_TRUNC('DAY', clicks)", "'DATE_TRUNC(<BIGINT>)'"),
        ("CARDINALITY(campaign)", "'CARDINALITY(<VARCHAR>)'. Supported form(s): "
         "'CARDINALITY(<ARRAY>)'"),
        ("ROW_NUMBER()", "OVER clause is necessary for window functions"),
        ("RANK() OVER (PARTITION BY campaign)",
         "RANK or DENSE_RANK functions require ORDER BY clause in window specification"),
        ("CAST(campaign AS FOO)", "There is no type FOO"),
    ],
)  # fmt: skip
def test_types_that_do_not_go_together(refuse: Refuse, expression: str, words: str) -> None:
    assert words in refuse(f"SELECT {expression} AS x FROM dsp_clicks")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT campaign FROM dsp_clicks WHERE clicks",
         "From line 1, column 39 to line 1, column 44: WHERE clause must be a condition"),
        ("SELECT campaign FROM dsp_clicks GROUP BY 1 HAVING SUM(clicks)",
         "HAVING clause must be a condition"),
        ("SELECT a.campaign FROM dsp_clicks a JOIN dsp_views b ON a.clicks",
         "ON clause must be a condition"),
        ("SELECT click_date AS a FROM dsp_clicks UNION ALL SELECT clicks AS a FROM dsp_clicks",
         "Type mismatch in column 1 of UNION ALL"),
        ("WITH v (a) AS (VALUES (1), (CURRENT_DATE)) SELECT a FROM v",
         "Values passed to VALUES operator must have compatible types"),
        ("WITH a AS (SELECT campaign FROM dsp_clicks), a AS (SELECT campaign FROM dsp_views) "
         "SELECT campaign FROM a", "At line 1, column 46: Duplicate relation name 'a' in WITH"),
        ("SELECT a.campaign FROM dsp_clicks a, dsp_views a",
         "From line 1, column 38 to line 1, column 48: Duplicate relation name 'a' in FROM"),
        ("SELECT campaign FROM dsp_clicks JOIN listed USING (campaign)",
         "Object 'listed' not found"),
        ("SELECT dsp_clicks.campaign FROM dsp_clicks JOIN dsp_views USING (nothing)",
         "From line 1, column 66 to line 1, column 72: Column 'nothing' not found in any table"),
        ("SELECT campaign FROM dsp_clicks WHERE user_id IN (SELECT user_id, campaign "
         "FROM dsp_views)", "Values passed to IN operator must have compatible types"),
        ("SELECT (SELECT campaign, clicks FROM dsp_clicks) AS x",
         "Cannot apply '$SCALAR_QUERY' to a query of several columns"),
    ],
)  # fmt: skip
def test_clauses_that_do_not_fit(refuse: Refuse, sql: str, words: str) -> None:
    assert words in refuse(sql)


def test_a_wrong_name_is_told_before_a_wrong_type(refuse: Refuse) -> None:
    assert "Column 'campain' not found" in refuse("SELECT SUM(campaign) + campain FROM dsp_clicks")


@pytest.mark.parametrize(
    "expression",
    [
        "campaign_id_string = 5", "clicks = '1'", "clicks IN ('1', '2')", "IF(1 = 1, 'a', 5)",
        "click_date = '2026-09-01'", "click_dt_utc >= CAST('2026-09-01' AS DATE)",
        "SECONDS_BETWEEN('2026-09-01', click_dt_utc)", "CONCAT(clicks, click_date)",
        "COALESCE(NULL, click_date)", "NULL + 1", "clicks / 3 + 0.5",
    ],
)  # fmt: skip
def test_types_that_amc_casts_are_no_mismatch(engine: QueryEngine, expression: str) -> None:
    sql = f"SELECT {expression} AS x FROM dsp_clicks"
    assert engine.compile(CompileRequest("wf", sql)).output_columns


def test_a_column_list_of_the_wrong_length_is_marked_with_its_brackets(refuse: Refuse) -> None:
    before = "WITH\na AS (\n  SELECT campaign FROM dsp_clicks\n),\n-- two names\n"
    sql = before + "          c (a, b) AS (\n  SELECT campaign FROM a)\nSELECT a FROM c"
    assert refuse(sql) == (
        "From line 6, column 13 to line 6, column 18: "
        "Number of columns must match number of query columns"
    )


def test_an_undeclared_parameter_is_named(refuse: Refuse) -> None:
    sql = "SELECT campaign FROM dsp_clicks WHERE campaign = CUSTOM_PARAMETER('nope')"
    words = "Filter operation filter_operation referenced an undeclared parameter nope."
    assert refuse(sql) == words
    # Names are case-sensitive.
    assert refuse(sql, input_parameters=[{"name": "NOPE", "dataType": "STRING"}]) == words


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT user_id FROM dsp_clicks",
        "SELECT u AS campaign FROM (SELECT user_id AS u FROM dsp_clicks)",
        "WITH a (x) AS (SELECT user_id FROM dsp_clicks) SELECT x FROM a",
        "SELECT MD5(user_id) AS h FROM dsp_clicks",
        "SELECT CASE WHEN campaign = 'x' THEN user_id END AS u FROM dsp_clicks",
        "SELECT COALESCE(campaign, user_id) AS c FROM dsp_clicks",
        "SELECT campaign FROM dsp_clicks UNION ALL SELECT user_id FROM dsp_impressions",
        "SELECT MAX(user_id) AS u FROM dsp_clicks",
        "SELECT COLLECT(user_id) AS u FROM dsp_clicks",
        "SELECT NAMED_ROW('u', user_id) AS u FROM dsp_clicks",
        "SELECT (SELECT MAX(user_id) FROM dsp_clicks) AS u",
        "SELECT FIRST_VALUE(user_id) OVER (ORDER BY campaign) AS u FROM dsp_clicks",
        "SELECT request_tag, COUNT(1) AS n FROM dsp_clicks GROUP BY 1",
        "SELECT marketplace_id, SUM(clicks) AS n FROM sponsored_ads_traffic GROUP BY 1",
        "SELECT LENGTH(user_id) AS n FROM dsp_clicks",
    ],
)
def test_what_is_never_shown_is_found_by_lineage(refuse: Refuse, sql: str) -> None:
    assert "cannot be in the output of the query" in refuse(sql)


@pytest.mark.parametrize(
    "condition",
    [
        "user_id = 'a'",
        "'a' < user_id",
        "user_id IN ('a', 'b')",
        "postal_code BETWEEN '1' AND '2'",
        "postal_code SIMILAR TO '^9'",
        "postal_code LIKE '9%'",
        "LOWER(city_name) = 'paris'",
        "SUBSTRING(postal_code FROM 1 FOR 2) = city_name",
        "ARRAY_CONTAINS(CUSTOM_PARAMETER('ids'), user_id)",
        "postal_code = CUSTOM_PARAMETER('code')",
        "user_id IN (SELECT id FROM listed)",
        "CASE city_name WHEN 'Paris' THEN TRUE ELSE FALSE END",
        "NULLIF(city_name, 'Paris') IS NULL",
        "IF(campaign = 'x', 'a', 'b') = user_id",
    ],
)
def test_high_columns_must_not_meet_literals(refuse: Refuse, condition: str) -> None:
    sql = (
        "WITH listed (id) AS (VALUES ('a'), ('b')) "
        f"SELECT campaign, COUNT(1) AS n FROM dsp_clicks WHERE {condition} GROUP BY campaign"
    )
    told = refuse(
        sql,
        input_parameters=[
            {"name": "ids", "dataType": {"type": "ARRAY", "elementDataType": "STRING"}},
            {"name": "code", "dataType": "STRING"},
        ],
    )
    assert "cannot be compared with literals or parameters" in told


def test_a_plain_internal_column_may_meet_a_literal(engine: QueryEngine, refuse: Refuse) -> None:
    """As in Amazon's query for Prime Video: `pv_is_latest_record = TRUE`."""
    sql = "SELECT SUM(clicks) AS n FROM sponsored_ads_traffic WHERE {} = '1'"
    assert engine.compile(CompileRequest("wf", sql.format("marketplace_id"))).output_columns
    assert "cannot be compared" in refuse(sql.format("CONCAT(marketplace_id, user_id)"))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a.campaign FROM dsp_clicks a JOIN listed ON a.user_id = listed.id",
        "SELECT campaign FROM dsp_clicks JOIN listed USING (user_id)",
        "SELECT COALESCE(city_name, 'none') AS c, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1",
    ],
)
def test_join_and_group_keys_count_as_comparisons(refuse: Refuse, sql: str) -> None:
    with_ = "WITH listed (id, user_id) AS (VALUES ('a', 'a'), ('b', 'b')) "
    assert "cannot be compared with literals or parameters" in refuse(with_ + sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT campaign, COUNT(DISTINCT user_id) AS n FROM dsp_clicks "
        "WHERE user_id IS NOT NULL GROUP BY 1 ORDER BY 2 DESC",
        "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1 "
        "HAVING COUNT(DISTINCT user_id) >= 100",
        "SELECT city_name, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1;",
        "SELECT campaign FROM (SELECT campaign, COUNT(conversion_id) OVER (PARTITION BY user_id) "
        "AS k FROM conversions_with_relevance) WHERE k = 1",
        "SELECT campaign FROM dsp_clicks WHERE user_id IN "
        "(SELECT user_id FROM conversions WHERE event_subtype = 'order')",
        "SELECT a.campaign FROM dsp_clicks a JOIN dsp_impressions b "
        "ON a.request_tag = b.request_tag AND b.campaign = 'x'",
        "SELECT IF(user_id IN (SELECT user_id FROM conversions), 'yes', 'no') AS b, "
        "COUNT(DISTINCT user_id) AS n FROM dsp_clicks GROUP BY 1",
        "select Campaign, sum(CLICKS) as N from DSP_CLICKS group by CAMPAIGN",
    ],
)
def test_what_analysts_write_compiles(engine: QueryEngine, sql: str) -> None:
    assert engine.compile(CompileRequest("wf", sql)).output_columns


def test_a_paid_source_is_there_for_instances_that_have_it(engine: QueryEngine) -> None:
    request = CompileRequest(
        "wf",
        "SELECT event_category, COUNT(1) AS n FROM conversions_all GROUP BY 1",
        available=frozenset({"conversions_all"}),
    )
    assert engine.compile(request).sources == {"conversions_all"}


def test_an_instance_without_dsp_has_no_dsp_tables(refuse: Refuse) -> None:
    told = refuse("SELECT campaign FROM dsp_clicks", available=frozenset({"sponsored_ads_traffic"}))
    assert told.endswith("Object 'dsp_clicks' not found")


def test_declared_output_columns_must_match(engine: QueryEngine, refuse: Refuse) -> None:
    sql = "SELECT campaign, SUM(clicks) AS n FROM dsp_clicks GROUP BY 1"
    told = refuse(sql, output_columns=[{"name": "campaign"}])
    assert "do not match" in told
    engine.compile(CompileRequest("wf", sql, output_columns=[{"name": "campaign"}, {"name": "N"}]))


def test_output_columns_have_names_types_and_roles(engine: QueryEngine) -> None:
    compiled = engine.compile(
        CompileRequest(
            "wf",
            """
            SELECT campaign_id_string, campaign_id, impression_date AS Day, impression_dt_utc,
              SUM(impressions) AS imps, SUM(impressions) / COUNT(1) AS ratio,
              COLLECT(DISTINCT device_type) AS devices, CAST(1.5 AS DECIMAL(6, 3)) AS d
            FROM dsp_impressions GROUP BY 1, 2, 3, 4
            """,
            filtered_metrics_discriminator_column="filtered",
            distinct_user_count_column="du_count",
        )
    )
    assert compiled.output_columns == [
        {"name": "campaign_id_string", "dataType": "STRING", "columnType": "DIMENSION"},
        {"name": "campaign_id", "dataType": "LONG", "columnType": "DIMENSION"},
        {"name": "day", "dataType": "DATE", "columnType": "DIMENSION"},
        {"name": "impression_dt_utc", "dataType": "TIMESTAMP", "columnType": "DIMENSION"},
        {"name": "imps", "dataType": "LONG", "columnType": "METRIC"},
        {"name": "ratio", "dataType": "DOUBLE", "columnType": "METRIC"},
        {
            "name": "devices",
            "dataType": {"type": "ARRAY", "elementDataType": "STRING"},
            "columnType": "DIMENSION",
        },
        {
            "name": "d",
            "dataType": "DECIMAL",
            "dataTypePrecision": 6,
            "dataTypeScale": 3,
            "columnType": "DIMENSION",
        },
        {"name": "filtered", "dataType": "BOOLEAN", "columnType": "DIMENSION"},
        {"name": "du_count", "dataType": "LONG", "columnType": "DIMENSION"},
    ]


def test_audience_queries_read_twins_and_give_user_ids(engine: QueryEngine, refuse: Refuse) -> None:
    good = "SELECT DISTINCT user_id FROM dsp_clicks_for_audiences WHERE campaign = 'x'"
    assert engine.compile(CompileRequest("wf", good, audience=True)).output_columns
    assert refuse("SELECT user_id FROM dsp_clicks", audience=True) == (
        "Invalid tables in the SQL query: Use audience-specific tables in the query."
    )
    assert "must contain user_id" in refuse(
        "SELECT campaign FROM dsp_clicks_for_audiences", audience=True
    )


def test_long_chains_of_conditions_compile(engine: QueryEngine) -> None:
    chain = " OR ".join(f"campaign = 'c{n}'" for n in range(600))
    for sql in (
        f"SELECT COUNT(1) AS n FROM dsp_clicks WHERE {chain}",
        f"SELECT IF({chain}, 'a', 'b') AS k, COUNT(1) AS n FROM dsp_clicks GROUP BY 1",
        f"SELECT MAX(campaign) AS campaign FROM dsp_clicks HAVING {chain}",
    ):
        assert engine.compile(CompileRequest("wf", sql)).output_columns


def test_what_only_the_database_finds_is_told_without_its_name(refuse: Refuse) -> None:
    told = refuse("SELECT SUM(campaign) AS n FROM dsp_clicks")
    assert told.startswith(("SQL query was invalid: ", "From line 1, column "))
    assert "Binder" not in told


def test_a_defect_is_told_like_a_refusal(events: Events, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("defect")

    engine = QueryEngine(events.catalog, events.relation)
    monkeypatch.setattr("amc.sandbox.query.engine.prepare", broken)
    with pytest.raises(CompileError, match=r"found to be invalid: SQL query was invalid$"):
        engine.compile(CompileRequest("wf", "SELECT 1 AS n"))
