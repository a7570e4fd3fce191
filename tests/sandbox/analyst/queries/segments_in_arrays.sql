WITH s AS (SELECT user_id, CARDINALITY(user_behavior_segment_ids) AS n FROM dsp_impressions)
SELECT n AS segments, COUNT(DISTINCT user_id) AS users FROM s WHERE user_id IS NOT NULL GROUP BY n
