WITH touches AS (
  SELECT user_id, 'DSP' AS product, impression_dt_utc AS dt FROM dsp_impressions
  UNION ALL
  SELECT user_id, CASE ad_product_type WHEN 'sponsored_products' THEN 'SP'
    WHEN 'sponsored_brands' THEN 'SB' WHEN 'sponsored_display' THEN 'SD' ELSE 'STV' END, event_dt_utc
  FROM sponsored_ads_traffic WHERE impressions = 1
), firsts AS (
  SELECT user_id, product, MIN(dt) AS dt FROM touches WHERE user_id IS NOT NULL GROUP BY 1, 2
), ranked AS (
  SELECT user_id, product, RANK() OVER (PARTITION BY user_id ORDER BY dt, product) AS n FROM firsts
), paths AS (
  SELECT user_id, ARRAY_TO_STRING(ARRAY_SORT(COLLECT(DISTINCT CONCAT(n, ' ', product))), ' > ') AS path
  FROM ranked GROUP BY 1
)
SELECT path, COUNT(user_id) AS users FROM paths GROUP BY path
