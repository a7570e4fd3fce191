WITH bought AS (SELECT user_id, MIN(event_dt_utc) AS dt FROM conversions
                WHERE event_subtype = 'order' AND user_id IS NOT NULL GROUP BY 1),
     touches AS (
  SELECT t.user_id, COUNT(1) AS touches FROM TABLE(EXTEND_TIME_WINDOW('sponsored_ads_traffic', 'P14D', 'P0D')) t
  JOIN bought b ON t.user_id = b.user_id WHERE t.event_dt_utc < b.dt GROUP BY 1)
SELECT LEAST(touches, 10) AS touches, COUNT(user_id) AS users FROM touches GROUP BY 1
