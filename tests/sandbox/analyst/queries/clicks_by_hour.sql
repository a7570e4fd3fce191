SELECT event_hour AS hour_of_day, SUM(clicks) AS clicks, SUM(spend) / 100000000 AS spend,
  COUNT(DISTINCT user_id) AS clickers
FROM sponsored_ads_traffic WHERE clicks = 1 GROUP BY 1
