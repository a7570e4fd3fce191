WITH met AS (SELECT DISTINCT campaign, user_id FROM sponsored_ads_traffic WHERE user_id IS NOT NULL)
SELECT a.campaign AS one, b.campaign AS other, COUNT(DISTINCT a.user_id) AS users
FROM met a INNER JOIN met b ON a.user_id = b.user_id
WHERE a.campaign < b.campaign
GROUP BY 1, 2
