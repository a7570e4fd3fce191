SELECT line_item, SUM(impressions) AS impressions, COUNT(DISTINCT user_id) AS users
FROM dsp_impressions GROUP BY line_item HAVING COUNT(DISTINCT user_id) >= 100
