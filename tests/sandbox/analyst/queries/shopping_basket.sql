WITH baskets AS (SELECT user_id, COUNT(DISTINCT tracked_asin) AS asins, SUM(total_units_sold) AS units
                 FROM conversions WHERE tracked_asin IS NOT NULL AND user_id IS NOT NULL GROUP BY 1)
SELECT asins, COUNT(user_id) AS customers, AVG(units) AS units FROM baskets GROUP BY asins
