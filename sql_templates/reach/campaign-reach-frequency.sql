-- Reach and frequency: how many people saw each campaign how often, and how many of them bought.
--
-- People are counted once per row, so reach can be read at one level only: campaign, ad product or
-- all ads together. The chosen level is applied before people are counted.
WITH traffic AS (
  --: when ad_types is all or dsp
  SELECT
    user_id,
    'dsp' AS ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    campaign,
    currency_iso_code AS currency,
    impressions,
    0 AS clicks,
    total_cost / 100000 AS cost
  FROM dsp_impressions
  WHERE user_id IS NOT NULL
  UNION ALL
  SELECT
    user_id,
    'dsp' AS ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    campaign,
    currency_iso_code AS currency,
    0 AS impressions,
    clicks,
    0.0 AS cost
  FROM dsp_clicks
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
    currency_iso_code AS currency,
    impressions,
    clicks,
    spend / 100000000 AS cost
  FROM sponsored_ads_traffic
  WHERE user_id IS NOT NULL
  --: end
),
exposures AS (
  SELECT
    user_id,
    IF(CUSTOM_PARAMETER('level') = 'total', 'all', ad_product_type) AS ad_product_type,
    IF(CUSTOM_PARAMETER('level') = 'campaign', campaign_id, 'all') AS campaign_id,
    IF(CUSTOM_PARAMETER('level') = 'campaign', campaign, 'all') AS campaign,
    MIN(currency) AS first_currency,
    MAX(currency) AS last_currency,
    SUM(impressions) AS impressions,
    SUM(clicks) AS clicks,
    SUM(cost) AS cost
  FROM traffic
  WHERE
    CARDINALITY(CUSTOM_PARAMETER('campaign_ids')) = 0
    OR ARRAY_CONTAINS(CUSTOM_PARAMETER('campaign_ids'), campaign_id)
  GROUP BY 1, 2, 3, 4
),
credited AS (
  SELECT
    user_id,
    COALESCE(ad_product_type, 'dsp') AS ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    IF(CUSTOM_PARAMETER('scope') = 'total', total_purchases, purchases) AS purchases,
    IF(CUSTOM_PARAMETER('scope') = 'total', total_product_sales, product_sales) AS sales
  FROM amazon_attributed_events_by_traffic_time
  WHERE
    user_id IS NOT NULL
    --: when ad_types is dsp
    AND ad_product_type IS NULL
    --: end
    --: when ad_types is sponsored
    AND ad_product_type IS NOT NULL
    --: end
    AND SECONDS_BETWEEN(traffic_event_dt_utc, conversion_event_dt_utc)
      <= 60 * 60 * 24 * CUSTOM_PARAMETER('attribution_days')
),
buyers AS (
  SELECT
    user_id,
    IF(CUSTOM_PARAMETER('level') = 'total', 'all', ad_product_type) AS ad_product_type,
    IF(CUSTOM_PARAMETER('level') = 'campaign', campaign_id, 'all') AS campaign_id,
    SUM(purchases) AS purchases,
    SUM(sales) AS sales
  FROM credited
  WHERE
    purchases > 0
    AND (
      CARDINALITY(CUSTOM_PARAMETER('campaign_ids')) = 0
      OR ARRAY_CONTAINS(CUSTOM_PARAMETER('campaign_ids'), campaign_id)
    )
  GROUP BY 1, 2, 3
),
people AS (
  SELECT
    e.user_id,
    e.ad_product_type,
    e.campaign_id,
    e.campaign,
    LEAST(e.impressions, CUSTOM_PARAMETER('max_frequency')) AS frequency,
    e.first_currency,
    e.last_currency,
    e.impressions,
    e.clicks,
    e.cost,
    IF(b.purchases > 0, 1, 0) AS is_buyer,
    COALESCE(b.purchases, 0) AS purchases,
    COALESCE(b.sales, 0.0) AS sales
  FROM exposures e
  LEFT JOIN buyers b
    ON e.user_id = b.user_id
    AND e.ad_product_type = b.ad_product_type
    AND e.campaign_id = b.campaign_id
  -- A click at the edge of the window may have its impression outside: that is not reach.
  WHERE e.impressions > 0
)
SELECT
  ad_product_type,
  campaign_id,
  campaign,
  frequency,
  IF(
    frequency = CUSTOM_PARAMETER('max_frequency'),
    CONCAT(CAST(frequency AS VARCHAR), ' or more'),
    CAST(frequency AS VARCHAR)
  ) AS frequency_label,
  CASE
    WHEN MIN(first_currency) = MAX(last_currency) THEN MAX(last_currency)
    WHEN MIN(first_currency) <> MAX(last_currency) THEN 'several'
  END AS currency,
  COUNT(DISTINCT user_id) AS users,
  SUM(impressions) AS impressions,
  SUM(clicks) AS clicks,
  SUM(clicks) / NULLIF(SUM(impressions), 0) AS click_rate,
  SUM(cost) AS cost,
  SUM(is_buyer) AS buyers,
  SUM(is_buyer) / NULLIF(COUNT(DISTINCT user_id), 0) AS purchase_rate,
  SUM(purchases) AS purchases,
  SUM(sales) AS sales,
  SUM(sales) / NULLIF(SUM(cost), 0) AS roas
FROM people
GROUP BY 1, 2, 3, 4, 5
