WITH t AS (
  SELECT 'dsp' AS ad_product_type, user_id, impressions, clicks FROM (
    SELECT user_id, impressions, 0 AS clicks FROM dsp_impressions
    UNION ALL SELECT user_id, 0 AS impressions, clicks FROM dsp_clicks)
  UNION ALL
  SELECT ad_product_type, user_id, impressions, clicks FROM sponsored_ads_traffic
)
SELECT ad_product_type, COUNT(DISTINCT user_id) AS users, SUM(impressions) AS impressions,
  SUM(clicks) AS clicks, SUM(clicks) / NULLIF(SUM(impressions), 0) AS ctr
FROM t GROUP BY ad_product_type
