WITH per AS (
  SELECT user_id, COUNT(DISTINCT campaign) AS campaigns, MIN(campaign) AS campaign
  FROM dsp_impressions WHERE user_id IS NOT NULL GROUP BY user_id
)
SELECT campaign, COUNT(user_id) AS exclusive_users FROM per WHERE campaigns = 1 GROUP BY campaign
