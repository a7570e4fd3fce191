SELECT campaign, SUM(product_sales) AS promoted, SUM(brand_halo_product_sales) AS halo,
  SUM(total_product_sales) AS total FROM amazon_attributed_events_by_conversion_time GROUP BY campaign
