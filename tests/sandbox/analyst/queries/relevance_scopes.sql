SELECT engagement_scope, halo_code, SUM(conversions) AS conversions, COUNT(DISTINCT conversion_id) AS n
FROM conversions_with_relevance GROUP BY 1, 2
