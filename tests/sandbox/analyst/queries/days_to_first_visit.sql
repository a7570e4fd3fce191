WITH seen AS (SELECT user_id, MIN(impression_dt_utc) AS first_dt FROM dsp_impressions
              WHERE user_id IS NOT NULL GROUP BY 1),
     bought AS (SELECT user_id, MIN(event_dt_utc) AS dt FROM conversions
                WHERE event_subtype = 'detailPageView' GROUP BY 1)
SELECT IF(SECONDS_BETWEEN(s.first_dt, b.dt) <= 60 * 60 * 24 * 7, 'week', 'later') AS lag, COUNT(s.user_id) AS users
FROM seen s JOIN bought b ON s.user_id = b.user_id WHERE b.dt > s.first_dt GROUP BY 1
