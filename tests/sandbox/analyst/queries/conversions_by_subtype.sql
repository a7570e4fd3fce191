SELECT event_category, event_subtype, SUM(conversions) AS conversions, COUNT(DISTINCT user_id) AS users
FROM conversions GROUP BY event_category, event_subtype
