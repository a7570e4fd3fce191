WITH per AS (
  SELECT user_id, MAX(d) AS d, MAX(p) AS p, MAX(b) AS b FROM (
    SELECT user_id, 1 AS d, 0 AS p, 0 AS b FROM dsp_impressions
    UNION ALL
    SELECT user_id, 0 AS d, IF(ad_product_type = 'sponsored_products', 1, 0) AS p,
      IF(ad_product_type = 'sponsored_brands', 1, 0) AS b FROM sponsored_ads_traffic)
  WHERE user_id IS NOT NULL GROUP BY user_id
)
SELECT d AS dsp, p AS sponsored_products, b AS sponsored_brands, COUNT(user_id) AS users
FROM per GROUP BY 1, 2, 3
