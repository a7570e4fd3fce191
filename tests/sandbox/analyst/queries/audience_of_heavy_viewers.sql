WITH heavy AS (SELECT user_id, COUNT(1) AS n FROM dsp_impressions WHERE user_id IS NOT NULL
               GROUP BY user_id HAVING COUNT(1) >= 3)
SELECT t.ad_product_type, COUNT(DISTINCT t.user_id) AS users, SUM(t.clicks) AS clicks
FROM sponsored_ads_traffic t INNER JOIN heavy h ON t.user_id = h.user_id GROUP BY 1
