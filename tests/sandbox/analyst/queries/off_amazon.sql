SELECT COALESCE(conversion_event_source_name, 'Amazon') AS source, event_category, SUM(conversions) AS conversions,
  SUM(IF(event_category = 'off-Amazon', off_amazon_product_sales, total_product_sales)) AS sales
FROM conversions_with_relevance GROUP BY 1, 2
