SELECT iso_state_province_code, city_name, SUM(impressions) AS impressions,
  COUNT(DISTINCT user_id) AS users
FROM dsp_impressions GROUP BY 1, 2
