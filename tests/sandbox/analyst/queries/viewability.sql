SELECT campaign, SUM(measurable_impressions) AS measurable, SUM(viewable_impressions) AS viewable,
  SUM(viewable_impressions) / NULLIF(SUM(measurable_impressions), 0) AS rate
FROM dsp_views GROUP BY campaign
