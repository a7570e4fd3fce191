SELECT tracked_asin, SUM(IF(new_to_brand, conversions, 0)) AS ntb_orders, SUM(conversions) AS orders
FROM conversions WHERE event_subtype = 'order' GROUP BY tracked_asin
