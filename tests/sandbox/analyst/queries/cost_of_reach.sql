WITH per_user AS (SELECT campaign, user_id, SUM(total_cost) AS cost FROM dsp_impressions
                  WHERE user_id IS NOT NULL GROUP BY 1, 2)
SELECT campaign, COUNT(user_id) AS users, ROUND(SUM(cost) / 100000 / COUNT(user_id), 6) AS cost_per_user
FROM per_user GROUP BY campaign
