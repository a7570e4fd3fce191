WITH met AS (
  SELECT user_id FROM dsp_impressions WHERE user_id IS NOT NULL
  UNION ALL
  SELECT user_id FROM sponsored_ads_traffic WHERE user_id IS NOT NULL AND impressions = 1
)
SELECT COUNT(DISTINCT user_id) AS reach, COUNT(1) AS impressions FROM met
