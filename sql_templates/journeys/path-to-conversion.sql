-- Path to conversion: in which order people met the ad products (or campaigns) before they bought,
-- and how often each path ends in a purchase.
--
-- Ad events are looked for up to 28 days before the window; the parameter shortens that. For a
-- buyer the path ends at her first conversion in the window; for everybody else at the end of the
-- window. Both are watched for the same number of days, so that the rates can be compared.
WITH touches AS (
  --: when ad_types is all or dsp
  SELECT
    user_id,
    'dsp' AS ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    campaign,
    impression_dt_utc AS touch_dt
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
    click_dt_utc AS touch_dt
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
    event_dt_utc AS touch_dt
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
buyers AS (
  SELECT
    user_id,
    MIN(event_dt_utc) AS converted_dt,
    SUM(conversions) AS conversions,
    SUM(total_product_sales) AS sales,
    MAX(IF(new_to_brand = TRUE, 1, 0)) AS is_new
  FROM conversions
  WHERE
    user_id IS NOT NULL
    AND event_subtype = CUSTOM_PARAMETER('conversion')
    AND (
      CARDINALITY(CUSTOM_PARAMETER('asins')) = 0
      OR ARRAY_CONTAINS(CUSTOM_PARAMETER('asins'), tracked_item)
    )
  GROUP BY 1
),
-- A step counts once, at its first ad event: ten banners of one campaign are one step.
steps AS (
  SELECT
    t.user_id,
    IF(CUSTOM_PARAMETER('step_by') = 'campaign', t.campaign, t.ad_product_type) AS step,
    MIN(t.touch_dt) AS first_dt,
    COUNT(t.touch_dt) AS ad_events
  FROM touches t
  LEFT JOIN buyers b
    ON t.user_id = b.user_id
  WHERE
    t.touch_dt <= COALESCE(b.converted_dt, BUILT_IN_PARAMETER('TIME_WINDOW_END'))
    AND SECONDS_BETWEEN(t.touch_dt, COALESCE(b.converted_dt, BUILT_IN_PARAMETER('TIME_WINDOW_END')))
      <= 60 * 60 * 24 * CUSTOM_PARAMETER('lookback_days')
    AND (
      CARDINALITY(CUSTOM_PARAMETER('campaign_ids')) = 0
      OR ARRAY_CONTAINS(CUSTOM_PARAMETER('campaign_ids'), t.campaign_id)
    )
  GROUP BY 1, 2
),
-- Long paths keep their last steps, the ones nearest to the purchase.
ranked AS (
  SELECT
    user_id,
    step,
    ad_events,
    ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY first_dt DESC, step DESC) AS from_end,
    COUNT(step) OVER (PARTITION BY user_id) AS all_steps
  FROM steps
),
numbered AS (
  SELECT
    user_id,
    step,
    ad_events,
    LEAST(all_steps, CUSTOM_PARAMETER('max_steps')) - from_end + 1 AS step_number
  FROM ranked
  WHERE from_end <= CUSTOM_PARAMETER('max_steps')
),
paths AS (
  SELECT
    user_id,
    ARRAY_SORT(COLLECT(DISTINCT NAMED_ROW('order', step_number, 'step', step))) AS path,
    COUNT(step) AS step_count,
    SUM(ad_events) AS ad_events
  FROM numbered
  GROUP BY 1
)
SELECT
  p.path,
  p.step_count,
  COUNT(DISTINCT p.user_id) AS users,
  SUM(p.ad_events) AS ad_events,
  SUM(p.ad_events) / NULLIF(COUNT(DISTINCT p.user_id), 0) AS ad_events_per_user,
  SUM(IF(b.conversions > 0, 1, 0)) AS converted_users,
  SUM(IF(b.conversions > 0, 1, 0)) / NULLIF(COUNT(DISTINCT p.user_id), 0) AS conversion_rate,
  SUM(COALESCE(b.is_new, 0)) AS ntb_users,
  SUM(COALESCE(b.conversions, 0)) AS conversions,
  SUM(COALESCE(b.sales, 0.0)) AS sales
FROM paths p
LEFT JOIN buyers b
  ON p.user_id = b.user_id
GROUP BY 1, 2
