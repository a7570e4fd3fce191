WITH frequency AS (
  SELECT user_id, SUM(impressions) AS times FROM dsp_impressions
  WHERE user_id IS NOT NULL GROUP BY user_id
)
SELECT
  CASE WHEN times >= 10 THEN '10+' WHEN times >= 5 THEN '05-09' ELSE CONCAT('0', times) END AS bucket,
  COUNT(user_id) AS users, SUM(times) AS impressions
FROM frequency GROUP BY 1
