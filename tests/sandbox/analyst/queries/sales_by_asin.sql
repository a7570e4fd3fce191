SELECT tracked_asin AS asin, SUM(total_units_sold) AS units, SUM(total_product_sales) AS sales
FROM conversions WHERE tracked_asin IS NOT NULL GROUP BY 1 HAVING SUM(total_units_sold) >= 10
