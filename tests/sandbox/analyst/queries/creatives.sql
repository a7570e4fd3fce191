SELECT creative_type, creative_size, SUM(impressions) AS impressions,
  SUM(total_cost) / 100000 AS cost
FROM dsp_impressions WHERE creative_size IS NOT NULL GROUP BY 1, 2
