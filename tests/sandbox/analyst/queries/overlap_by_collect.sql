WITH met AS (
  SELECT DISTINCT user_id, 'dsp' AS product FROM dsp_impressions WHERE user_id IS NOT NULL
  UNION ALL
  SELECT DISTINCT user_id, ad_product_type FROM sponsored_ads_traffic
  WHERE user_id IS NOT NULL AND impressions > 0
), sets AS (
  SELECT user_id, ARRAY_TO_STRING(ARRAY_SORT(COLLECT(DISTINCT product)), ' + ') AS products
  FROM met GROUP BY user_id
), counted AS (SELECT products, COUNT(DISTINCT user_id) AS users FROM sets GROUP BY products)
SELECT products, users, users / SUM(users) OVER () AS share FROM counted
