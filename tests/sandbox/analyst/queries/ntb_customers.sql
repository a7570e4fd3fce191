WITH orders AS (
  SELECT user_id, MAX(IF(new_to_brand = TRUE, 1, 0)) AS is_new, SUM(conversions) AS orders,
    SUM(total_product_sales) AS sales
  FROM conversions WHERE event_subtype = 'order' AND user_id IS NOT NULL GROUP BY user_id
)
SELECT IF(is_new = 1, 'new', 'existing') AS customer, COUNT(DISTINCT user_id) AS customers,
  SUM(orders) AS orders, SUM(sales) AS sales
FROM orders GROUP BY 1
