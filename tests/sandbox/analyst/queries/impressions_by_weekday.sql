SELECT EXTRACT(DOW FROM impression_dt_utc) AS weekday, SUM(impressions) AS impressions
FROM dsp_impressions GROUP BY 1
