WITH shown AS (SELECT campaign_id_string, campaign, SUM(impressions) AS impressions
               FROM dsp_impressions GROUP BY 1, 2),
     views AS (SELECT campaign_id_string, SUM(total_detail_page_view) AS dpv
               FROM amazon_attributed_events_by_traffic_time GROUP BY 1)
SELECT s.campaign, s.impressions, v.dpv, v.dpv / s.impressions AS dpv_rate
FROM shown s LEFT JOIN views v ON s.campaign_id_string = v.campaign_id_string
