SELECT site, slot_name, SUM(impressions) AS impressions, SUM(views) AS views, SUM(clicks) AS clicks
FROM amazon_live_traffic GROUP BY site, slot_name
