SELECT ad_product_type, placement_type, SUM(impressions) AS impressions, SUM(clicks) AS clicks
FROM sponsored_ads_traffic GROUP BY ad_product_type, placement_type
