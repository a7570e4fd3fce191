WITH first_seen AS (
  SELECT user_id, campaign, MIN(event_dt_utc) AS first_dt FROM sponsored_ads_traffic
  WHERE user_id IS NOT NULL GROUP BY 1, 2
), ranked AS (
  SELECT user_id, campaign, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY first_dt, campaign)
    AS order_number
  FROM first_seen
), paths AS (
  SELECT user_id, ARRAY_SORT(COLLECT(DISTINCT NAMED_ROW('order', order_number, 'campaign', campaign)))
    AS path
  FROM ranked GROUP BY user_id
), bought AS (
  SELECT user_id, SUM(conversions) AS orders FROM conversions
  WHERE event_subtype = 'order' AND user_id IS NOT NULL GROUP BY 1
)
SELECT path, COUNT(DISTINCT p.user_id) AS users,
  COUNT(DISTINCT IF(b.orders > 0, p.user_id, NULL)) AS buyers
FROM paths p LEFT JOIN bought b ON p.user_id = b.user_id
GROUP BY path
