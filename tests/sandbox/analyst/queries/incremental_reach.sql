WITH sp AS (SELECT DISTINCT user_id FROM sponsored_ads_traffic
            WHERE ad_product_type = 'sponsored_products' AND user_id IS NOT NULL),
     dsp AS (SELECT DISTINCT user_id FROM dsp_impressions WHERE user_id IS NOT NULL)
SELECT CASE WHEN sp.user_id IS NULL THEN 'dsp only' WHEN dsp.user_id IS NULL THEN 'sp only'
       ELSE 'both' END AS met, COUNT(DISTINCT COALESCE(sp.user_id, dsp.user_id)) AS users
FROM sp FULL OUTER JOIN dsp ON sp.user_id = dsp.user_id
GROUP BY 1
