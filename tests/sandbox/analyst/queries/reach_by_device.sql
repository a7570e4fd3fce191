SELECT device_type, COUNT(DISTINCT user_id) AS users, SUM(impressions) AS impressions,
  SUM(total_cost) / 100000 AS cost
FROM dsp_impressions GROUP BY device_type
