SELECT campaign, SUM(total_purchases) AS purchases, SUM(new_to_brand_total_purchases) AS ntb_purchases,
  SUM(new_to_brand_total_purchases) / NULLIF(SUM(total_purchases), 0) AS ntb_share
FROM amazon_attributed_events_by_conversion_time
WHERE conversion_event_subtype = 'order' GROUP BY campaign
