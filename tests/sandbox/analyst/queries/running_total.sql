WITH days AS (SELECT impression_date_utc AS day, SUM(impressions) AS impressions,
                COUNT(DISTINCT user_id) AS users FROM dsp_impressions GROUP BY 1)
SELECT day, impressions, SUM(impressions) OVER (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
  AS so_far, users FROM days
