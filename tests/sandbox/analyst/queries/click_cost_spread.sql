SELECT ad_product_type, APPROX_PERCENTILE(spend, 0.5) / 100000000 AS median_cpc,
  STDDEV(spend) / 100000000 AS spread, MIN(spend) AS least, MAX(spend) AS most
FROM sponsored_ads_traffic WHERE clicks = 1 AND spend > 0 GROUP BY 1
