WITH gaps AS (
  SELECT user_id, SECONDS_BETWEEN(LAG(impression_dt_utc) OVER
    (PARTITION BY user_id ORDER BY impression_dt_utc), impression_dt_utc) / 3600 AS hours
  FROM dsp_impressions WHERE user_id IS NOT NULL
)
SELECT CASE WHEN hours < 1 THEN 'hour' WHEN hours < 24 THEN 'day' ELSE 'longer' END AS gap,
  COUNT(hours) AS n, COUNT(DISTINCT user_id) AS users
FROM gaps WHERE hours IS NOT NULL GROUP BY 1
