SELECT campaign,
  SUM(IF(SECONDS_BETWEEN(traffic_event_dt_utc, conversion_event_dt_utc) <= 60 * 60 * 24 * CUSTOM_PARAMETER('days'),
    total_purchases, 0)) AS purchases
FROM amazon_attributed_events_by_traffic_time GROUP BY campaign
