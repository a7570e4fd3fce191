WITH met AS (
  SELECT user_id, MAX(d) AS d, MAX(s) AS s FROM (
    SELECT user_id, 1 AS d, 0 AS s FROM dsp_impressions
    UNION ALL SELECT user_id, 0 AS d, 1 AS s FROM sponsored_ads_traffic)
  WHERE user_id IS NOT NULL GROUP BY user_id
), buyers AS (SELECT DISTINCT user_id FROM conversions WHERE event_subtype = 'order')
SELECT CASE WHEN d = 1 AND s = 1 THEN 'both' WHEN d = 1 THEN 'dsp' ELSE 'sponsored' END AS exposure,
  COUNT(m.user_id) AS users, COUNT(b.user_id) AS buyers,
  COUNT(b.user_id) / COUNT(m.user_id) AS purchase_rate
FROM met m LEFT JOIN buyers b ON m.user_id = b.user_id GROUP BY 1
