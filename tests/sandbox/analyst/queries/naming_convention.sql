SELECT CASE WHEN campaign SIMILAR TO 'SP|Sponsored' THEN 'sp' WHEN campaign LIKE '%STV%' THEN 'stv'
       ELSE 'other' END AS kind, SUBSTRING(campaign FROM 1 FOR 3) AS brand, SUM(impressions) AS n
FROM (SELECT campaign, impressions FROM dsp_impressions
      UNION ALL SELECT campaign, impressions FROM sponsored_ads_traffic) GROUP BY 1, 2
