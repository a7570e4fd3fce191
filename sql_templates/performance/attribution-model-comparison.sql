-- Attribution models compared: how the credit for the same conversions moves between campaigns
-- under first touch, last touch, linear, position-based (40-20-40) and time decay.
--
-- Every conversion gives away exactly one credit in every model, to the ad events of the same
-- person in the days before it. All ad events of a campaign within one hour are one touch, so
-- that a banner shown ten times in a row does not count ten times.
WITH touches AS (
  --: when ad_types is all or dsp
  SELECT
    user_id,
    'dsp' AS ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    campaign,
    impression_dt_utc AS touch_dt,
    impression_dt_hour_utc AS touch_hour
  FROM TABLE(EXTEND_TIME_WINDOW('dsp_impressions', 'P28D', 'P0D'))
  WHERE
    user_id IS NOT NULL
    AND CUSTOM_PARAMETER('touches') <> 'clicks'
  UNION ALL
  SELECT
    user_id,
    'dsp' AS ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    campaign,
    click_dt_utc AS touch_dt,
    click_dt_hour_utc AS touch_hour
  FROM TABLE(EXTEND_TIME_WINDOW('dsp_clicks', 'P28D', 'P0D'))
  WHERE user_id IS NOT NULL
  --: end
  --: when ad_types is all
  UNION ALL
  --: end
  --: when ad_types is all or sponsored
  SELECT
    user_id,
    ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    campaign,
    event_dt_utc AS touch_dt,
    event_dt_hour_utc AS touch_hour
  FROM TABLE(EXTEND_TIME_WINDOW('sponsored_ads_traffic', 'P28D', 'P0D'))
  WHERE
    user_id IS NOT NULL
    AND (
      clicks = 1
      OR (CUSTOM_PARAMETER('touches') = 'all' AND impressions = 1)
      -- Amazon credits views of sponsored ads only where viewable impressions are paid for.
      OR (
        CUSTOM_PARAMETER('touches') = 'credited'
        AND viewable_impressions = 1
        AND line_item_price_type = 'VCPM'
      )
    )
  --: end
),
conversion_events AS (
  SELECT
    conversion_id,
    user_id,
    event_dt_utc AS converted_dt,
    event_dt_hour_utc AS converted_hour,
    COALESCE(total_product_sales, 0.0) AS sales
  FROM conversions
  WHERE
    user_id IS NOT NULL
    AND event_subtype = CUSTOM_PARAMETER('conversion')
    AND (
      CARDINALITY(CUSTOM_PARAMETER('asins')) = 0
      OR ARRAY_CONTAINS(CUSTOM_PARAMETER('asins'), tracked_item)
    )
),
-- One row for each conversion, campaign and hour, timed by its last ad event.
touchpoints AS (
  SELECT
    c.conversion_id,
    c.user_id,
    t.ad_product_type,
    t.campaign_id,
    t.campaign,
    t.touch_hour,
    MAX(c.sales) AS sales,
    MAX(t.touch_dt) AS touch_dt,
    -- Hours are enough for a weight, and AMC shows them for far smaller groups than exact times.
    MIN(SECONDS_BETWEEN(t.touch_hour, c.converted_hour)) AS seconds_before
  FROM conversion_events c
  INNER JOIN touches t
    ON c.user_id = t.user_id
  WHERE
    t.touch_dt <= c.converted_dt
    AND SECONDS_BETWEEN(t.touch_dt, c.converted_dt)
      <= 60 * 60 * 24 * CUSTOM_PARAMETER('lookback_days')
  GROUP BY 1, 2, 3, 4, 5, 6
),
placed AS (
  SELECT
    conversion_id,
    user_id,
    ad_product_type,
    campaign_id,
    campaign,
    sales,
    ROW_NUMBER() OVER (
      PARTITION BY conversion_id ORDER BY touch_dt, ad_product_type, campaign_id
    ) AS touch_number,
    COUNT(touch_dt) OVER (PARTITION BY conversion_id) AS touch_count,
    POWER(0.5, seconds_before / (60 * 60 * 24 * CUSTOM_PARAMETER('half_life_days'))) AS decay
  FROM touchpoints
),
weighed AS (
  SELECT
    conversion_id,
    user_id,
    ad_product_type,
    campaign_id,
    campaign,
    sales,
    touch_number,
    touch_count,
    decay / SUM(decay) OVER (PARTITION BY conversion_id) AS decay_share
  FROM placed
),
models (model) AS (
  VALUES ('first_touch'), ('last_touch'), ('linear'), ('position_based'), ('time_decay')
),
credits AS (
  SELECT
    m.model,
    w.user_id,
    w.ad_product_type,
    w.campaign_id,
    w.campaign,
    w.sales,
    CASE
      WHEN m.model = 'first_touch' THEN CAST(IF(w.touch_number = 1, 1, 0) AS DOUBLE)
      WHEN m.model = 'last_touch' THEN CAST(IF(w.touch_number = w.touch_count, 1, 0) AS DOUBLE)
      WHEN m.model = 'linear' THEN CAST(1.0 / w.touch_count AS DOUBLE)
      WHEN m.model = 'time_decay' THEN CAST(w.decay_share AS DOUBLE)
      -- Position-based: with one touch all, with two half each.
      WHEN w.touch_count = 1 THEN CAST(1.0 AS DOUBLE)
      WHEN w.touch_count = 2 THEN CAST(0.5 AS DOUBLE)
      WHEN w.touch_number = 1 OR w.touch_number = w.touch_count THEN CAST(0.4 AS DOUBLE)
      ELSE CAST(0.2 / NULLIF(w.touch_count - 2, 0) AS DOUBLE)
    END AS credit
  FROM weighed w
  CROSS JOIN models m
),
credited AS (
  SELECT
    model,
    ad_product_type,
    IF(CUSTOM_PARAMETER('level') = 'campaign', campaign_id, 'all') AS campaign_id,
    IF(CUSTOM_PARAMETER('level') = 'campaign', campaign, 'all') AS campaign,
    COUNT(DISTINCT user_id) AS users,
    SUM(credit) AS conversions,
    SUM(credit * sales) AS sales
  FROM credits
  WHERE
    credit > 0
  GROUP BY 1, 2, 3, 4
),
-- What the same campaigns cost in the window itself.
traffic AS (
  --: when ad_types is all or dsp
  SELECT
    'dsp' AS ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    total_cost / 100000 AS cost
  FROM dsp_impressions
  --: end
  --: when ad_types is all
  UNION ALL
  --: end
  --: when ad_types is all or sponsored
  SELECT
    ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    spend / 100000000 AS cost
  FROM sponsored_ads_traffic
  --: end
),
costs AS (
  SELECT
    ad_product_type,
    IF(CUSTOM_PARAMETER('level') = 'campaign', campaign_id, 'all') AS campaign_id,
    SUM(cost) AS cost
  FROM traffic
  GROUP BY 1, 2
),
-- The share is of all credit of a model, before campaigns are left out of the output.
shares AS (
  SELECT
    model,
    ad_product_type,
    campaign_id,
    campaign,
    users,
    conversions,
    conversions / NULLIF(SUM(conversions) OVER (PARTITION BY model), 0) AS conversion_share,
    sales
  FROM credited
)
SELECT
  s.model,
  s.ad_product_type,
  s.campaign_id,
  s.campaign,
  s.users,
  s.conversions,
  s.conversion_share,
  s.sales,
  k.cost,
  s.sales / NULLIF(k.cost, 0) AS roas
FROM shares s
LEFT JOIN costs k
  ON s.ad_product_type = k.ad_product_type
  AND s.campaign_id = k.campaign_id
WHERE
  CARDINALITY(CUSTOM_PARAMETER('campaign_ids')) = 0
  OR ARRAY_CONTAINS(CUSTOM_PARAMETER('campaign_ids'), s.campaign_id)
