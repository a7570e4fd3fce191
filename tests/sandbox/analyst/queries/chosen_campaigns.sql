SELECT campaign, SUM(impressions) AS impressions FROM sponsored_ads_traffic
WHERE CARDINALITY(CUSTOM_PARAMETER('products')) = 0
  OR ARRAY_CONTAINS(CUSTOM_PARAMETER('products'), ad_product_type)
GROUP BY campaign
