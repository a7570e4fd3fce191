WITH per AS (
  SELECT user_id, SUM(IF(event_subtype = 'shoppingCart', conversions, 0)) AS carts,
    SUM(IF(event_subtype = 'order', conversions, 0)) AS orders
  FROM conversions WHERE user_id IS NOT NULL GROUP BY user_id
)
SELECT CASE WHEN orders > 0 THEN 'bought' ELSE 'left' END AS outcome, COUNT(user_id) AS users,
  SUM(carts) AS carts
FROM per WHERE carts > 0 GROUP BY 1
