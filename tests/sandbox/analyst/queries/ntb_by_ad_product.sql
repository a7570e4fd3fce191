SELECT COALESCE(ad_product_type, 'dsp') AS ad_product, SUM(total_purchases) AS purchases,
  SUM(new_to_brand_total_purchases) AS ntb, SUM(total_product_sales) AS sales
FROM amazon_attributed_events_by_conversion_time GROUP BY 1
