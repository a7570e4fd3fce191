WITH bought AS (SELECT user_id, SUM(conversions) AS orders FROM conversions
                WHERE event_subtype = 'order' GROUP BY user_id),
     met AS (SELECT DISTINCT user_id, campaign FROM sponsored_ads_traffic WHERE user_id IS NOT NULL),
     shares AS (SELECT m.user_id, m.campaign, b.orders,
                  COUNT(m.campaign) OVER (PARTITION BY m.user_id) AS campaigns
                FROM met m JOIN bought b ON m.user_id = b.user_id)
SELECT campaign, COUNT(DISTINCT user_id) AS buyers, SUM(orders / campaigns) AS orders
FROM shares GROUP BY campaign
