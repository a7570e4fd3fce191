SELECT event_date_utc AS day, SUM(conversions) AS orders, SUM(total_product_sales) AS sales
FROM conversions WHERE event_subtype = 'order' GROUP BY event_date_utc
