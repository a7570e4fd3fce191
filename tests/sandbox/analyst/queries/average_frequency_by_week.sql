SELECT CAST(DATE_TRUNC('WEEK', impression_dt_utc) AS DATE) AS week, campaign,
  SUM(impressions) / NULLIF(COUNT(DISTINCT user_id), 0) AS average_frequency
FROM dsp_impressions WHERE user_id IS NOT NULL GROUP BY 1, 2
