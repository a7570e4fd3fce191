SELECT currency_iso_code, UPPER(currency_name) AS name, SUM(spend) / 100000000 AS spend
FROM sponsored_ads_traffic GROUP BY 1, 2
