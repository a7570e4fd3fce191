SELECT campaign, times AS frequency, COUNT(DISTINCT user_id) AS users
FROM (
  SELECT user_id, campaign, COUNT(1) AS times FROM sponsored_ads_traffic
  WHERE impressions = 1 AND user_id IS NOT NULL GROUP BY 1, 2
)
GROUP BY campaign, times
