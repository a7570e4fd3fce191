WITH spent AS (SELECT campaign, SUM(spend) / 100000000 AS spend, SUM(clicks) AS clicks
               FROM sponsored_ads_traffic GROUP BY campaign),
     sold AS (SELECT campaign, SUM(total_product_sales) AS sales, SUM(total_purchases) AS purchases
              FROM amazon_attributed_events_by_traffic_time GROUP BY campaign)
SELECT spent.campaign, spent.spend, spent.clicks, sold.sales, sold.purchases,
  sold.sales / NULLIF(spent.spend, 0) AS roas
FROM spent LEFT JOIN sold ON spent.campaign = sold.campaign
