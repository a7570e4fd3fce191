SELECT supply_source, SUM(impressions) AS impressions, SUM(supply_cost) / 100000000 AS supply_cost,
  SUM(supply_cost) / 100000 / NULLIF(SUM(impressions), 0) AS ecpm
FROM dsp_impressions GROUP BY supply_source
