SELECT match_type, SUM(clicks) AS clicks, SUM(spend) / 100000000 AS spend,
  SUM(spend) / NULLIF(SUM(clicks), 0) / 100000000 AS cpc
FROM sponsored_ads_traffic WHERE ad_product_type = 'sponsored_products' GROUP BY match_type
