SELECT campaign, SUM(impressions) AS impressions, COUNT(DISTINCT user_id) AS users
FROM dsp_impressions
WHERE user_id IN (SELECT user_id FROM dsp_clicks WHERE user_id IS NOT NULL) GROUP BY campaign
