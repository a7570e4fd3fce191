WITH firsts AS (
  SELECT user_id, campaign, ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY event_dt_utc, campaign)
    AS n
  FROM sponsored_ads_traffic WHERE clicks = 1 AND user_id IS NOT NULL
), bought AS (
  SELECT user_id, SUM(total_product_sales) AS sales, SUM(conversions) AS orders FROM conversions
  WHERE event_subtype = 'order' GROUP BY user_id
)
SELECT f.campaign, COUNT(DISTINCT f.user_id) AS buyers, SUM(b.orders) AS orders
FROM firsts f INNER JOIN bought b ON f.user_id = b.user_id
WHERE f.n = 1 GROUP BY f.campaign
