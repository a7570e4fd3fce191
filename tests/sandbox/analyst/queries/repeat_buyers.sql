SELECT orders, COUNT(user_id) AS buyers FROM (
  SELECT user_id, COUNT(DISTINCT conversion_id) AS orders FROM conversions
  WHERE event_subtype = 'order' AND user_id IS NOT NULL GROUP BY user_id)
GROUP BY orders
