SELECT campaign, SUM(impressions) AS impressions,
  SUM(impressions) / (SELECT SUM(impressions) FROM dsp_impressions) AS share
FROM dsp_impressions GROUP BY campaign
