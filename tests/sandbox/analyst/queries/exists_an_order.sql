SELECT i.campaign, COUNT(DISTINCT i.user_id) AS buyers FROM dsp_impressions i
WHERE EXISTS (SELECT 1 FROM conversions c WHERE c.user_id = i.user_id AND c.event_subtype = 'order')
GROUP BY 1
