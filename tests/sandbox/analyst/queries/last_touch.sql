WITH touches AS (
  SELECT t.user_id, t.campaign, c.conversion_id,
    ROW_NUMBER() OVER (PARTITION BY c.conversion_id ORDER BY t.event_dt_utc DESC, t.campaign) AS n
  FROM sponsored_ads_traffic t
  INNER JOIN conversions c ON t.user_id = c.user_id AND t.event_dt_utc <= c.event_dt_utc
  WHERE c.event_subtype = 'order' AND t.clicks = 1
)
SELECT campaign, COUNT(DISTINCT conversion_id) AS orders, COUNT(DISTINCT user_id) AS buyers
FROM touches WHERE n = 1 GROUP BY campaign
