SELECT SUM(new_to_brand_total_purchases) AS ntb, SUM(total_purchases) AS purchases,
  COUNT(DISTINCT IF(new_to_brand_total_purchases > 0, user_id, NULL)) AS ntb_users
FROM amazon_attributed_events_by_traffic_time
