SELECT behavior_segment_name, SUM(impressions) AS impressions, COUNT(DISTINCT user_id) AS users
FROM dsp_impressions_by_user_segments WHERE behavior_segment_matched = 1 GROUP BY 1
