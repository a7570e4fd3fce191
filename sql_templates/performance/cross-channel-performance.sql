-- Cross-channel performance: what each campaign of every ad product delivered, cost and sold.
--
-- Delivery and cost come from the traffic tables alone: attributed tables repeat the cost with
-- every credit. Conversions are Amazon's own credits, one ad event per conversion.
-- Money: total_cost is in millicents, spend in microcents; sales are in currency units.
WITH traffic AS (
  --: when ad_types is all or dsp
  SELECT
    'dsp' AS ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    campaign,
    currency_iso_code AS currency,
    user_id,
    impressions,
    0 AS clicks,
    total_cost / 100000 AS cost
  FROM dsp_impressions
  UNION ALL
  -- Clicks carry no cost of their own: it is charged with the impression.
  SELECT
    'dsp' AS ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    campaign,
    currency_iso_code AS currency,
    user_id,
    0 AS impressions,
    clicks,
    0.0 AS cost
  FROM dsp_clicks
  --: end
  --: when ad_types is all
  UNION ALL
  --: end
  --: when ad_types is all or sponsored
  SELECT
    ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    campaign,
    currency_iso_code AS currency,
    user_id,
    impressions,
    clicks,
    spend / 100000000 AS cost
  FROM sponsored_ads_traffic
  --: end
),
-- The consoles count DSP and Sponsored Brands when the conversion happens, the other ad products
-- when the ad was seen or clicked. Each table is read for the ad products that it is right for.
credits AS (
  SELECT
    COALESCE(ad_product_type, 'dsp') AS ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    campaign,
    user_id,
    IF(CUSTOM_PARAMETER('scope') = 'total', total_detail_page_view, detail_page_view) AS detail_page_views,
    IF(CUSTOM_PARAMETER('scope') = 'total', total_add_to_cart, add_to_cart) AS add_to_carts,
    IF(CUSTOM_PARAMETER('scope') = 'total', total_purchases, purchases) AS purchases,
    IF(CUSTOM_PARAMETER('scope') = 'total', total_units_sold, units_sold) AS units,
    IF(CUSTOM_PARAMETER('scope') = 'total', total_product_sales, product_sales) AS sales
  FROM amazon_attributed_events_by_conversion_time
  WHERE
    (
      CUSTOM_PARAMETER('clock') = 'conversion'
      OR (
        CUSTOM_PARAMETER('clock') = 'console'
        AND (ad_product_type IS NULL OR ad_product_type = 'sponsored_brands')
      )
    )
    -- Modelled conversions have no ad event time: they count.
    AND COALESCE(SECONDS_BETWEEN(traffic_event_dt_utc, conversion_event_dt_utc), 0)
      <= 60 * 60 * 24 * CUSTOM_PARAMETER('attribution_days')
  UNION ALL
  SELECT
    COALESCE(ad_product_type, 'dsp') AS ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    campaign,
    user_id,
    IF(CUSTOM_PARAMETER('scope') = 'total', total_detail_page_view, detail_page_view) AS detail_page_views,
    IF(CUSTOM_PARAMETER('scope') = 'total', total_add_to_cart, add_to_cart) AS add_to_carts,
    IF(CUSTOM_PARAMETER('scope') = 'total', total_purchases, purchases) AS purchases,
    IF(CUSTOM_PARAMETER('scope') = 'total', total_units_sold, units_sold) AS units,
    IF(CUSTOM_PARAMETER('scope') = 'total', total_product_sales, product_sales) AS sales
  FROM amazon_attributed_events_by_traffic_time
  WHERE
    (
      CUSTOM_PARAMETER('clock') = 'traffic'
      OR (CUSTOM_PARAMETER('clock') = 'console' AND ad_product_type <> 'sponsored_brands')
    )
    AND COALESCE(SECONDS_BETWEEN(traffic_event_dt_utc, conversion_event_dt_utc), 0)
      <= 60 * 60 * 24 * CUSTOM_PARAMETER('attribution_days')
),
-- One list of facts instead of a join: a campaign may have credits without traffic in the window.
facts AS (
  SELECT
    ad_product_type,
    campaign_id,
    campaign,
    currency,
    user_id,
    1 AS is_ad_event,
    impressions,
    clicks,
    cost,
    0 AS detail_page_views,
    0 AS add_to_carts,
    0 AS purchases,
    0 AS units,
    0.0 AS sales
  FROM traffic
  UNION ALL
  SELECT
    ad_product_type,
    campaign_id,
    campaign,
    CAST(NULL AS VARCHAR) AS currency,
    user_id,
    0 AS is_ad_event,
    0 AS impressions,
    0 AS clicks,
    0.0 AS cost,
    detail_page_views,
    add_to_carts,
    purchases,
    units,
    sales
  FROM credits
  WHERE
    --: when ad_types is all
    ad_product_type IS NOT NULL
    --: end
    --: when ad_types is dsp
    ad_product_type = 'dsp'
    --: end
    --: when ad_types is sponsored
    ad_product_type <> 'dsp'
    --: end
)
SELECT
  ad_product_type,
  IF(CUSTOM_PARAMETER('level') = 'campaign', campaign_id, 'all') AS campaign_id,
  IF(CUSTOM_PARAMETER('level') = 'campaign', campaign, 'all') AS campaign,
  CASE
    WHEN MIN(currency) = MAX(currency) THEN MAX(currency)
    WHEN MIN(currency) <> MAX(currency) THEN 'several'
  END AS currency,
  SUM(impressions) AS impressions,
  SUM(clicks) AS clicks,
  SUM(clicks) / NULLIF(SUM(impressions), 0) AS click_rate,
  COUNT(DISTINCT IF(is_ad_event = 1, user_id, NULL)) AS users,
  SUM(cost) AS cost,
  SUM(cost) * 1000 / NULLIF(SUM(impressions), 0) AS cost_per_1000_impressions,
  SUM(cost) / NULLIF(SUM(clicks), 0) AS cost_per_click,
  SUM(detail_page_views) AS detail_page_views,
  SUM(add_to_carts) AS add_to_carts,
  SUM(purchases) AS purchases,
  SUM(units) AS units,
  SUM(sales) AS sales,
  SUM(sales) / NULLIF(SUM(cost), 0) AS roas,
  SUM(cost) / NULLIF(SUM(purchases), 0) AS cost_per_purchase
FROM facts
WHERE
  CARDINALITY(CUSTOM_PARAMETER('campaign_ids')) = 0
  OR ARRAY_CONTAINS(CUSTOM_PARAMETER('campaign_ids'), campaign_id)
GROUP BY 1, 2, 3
