WITH ranked AS (
  SELECT user_id, tracked_asin, total_units_sold,
    ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY event_dt_utc, conversion_id) AS n
  FROM conversions WHERE event_subtype = 'order' AND user_id IS NOT NULL
)
SELECT tracked_asin, COUNT(DISTINCT user_id) AS customers, SUM(total_units_sold) AS units
FROM ranked WHERE n = 1 GROUP BY tracked_asin
