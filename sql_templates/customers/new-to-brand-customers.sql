-- New-to-brand customers: who bought from the brand for the first time in twelve months after an
-- ad, by campaign, ad product or product, and what one such customer cost.
--
-- Customers are counted as people (COUNT DISTINCT), purchases as purchases. Purchases fall into
-- the window by their own time, so that a customer is counted in the window in which she bought.
WITH credited AS (
  SELECT
    COALESCE(ad_product_type, 'dsp') AS ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    campaign,
    tracked_asin,
    user_id,
    IF(CUSTOM_PARAMETER('scope') = 'total', total_purchases, purchases) AS purchases,
    IF(CUSTOM_PARAMETER('scope') = 'total', new_to_brand_total_purchases, new_to_brand_purchases) AS ntb_purchases,
    IF(CUSTOM_PARAMETER('scope') = 'total', total_product_sales, product_sales) AS sales,
    IF(CUSTOM_PARAMETER('scope') = 'total', new_to_brand_total_product_sales, new_to_brand_product_sales) AS ntb_sales
  FROM amazon_attributed_events_by_conversion_time
  WHERE
    conversion_event_subtype = 'order'
    --: when ad_types is dsp
    AND ad_product_type IS NULL
    --: end
    --: when ad_types is sponsored
    AND ad_product_type IS NOT NULL
    --: end
    -- Modelled conversions have no ad event time: they count.
    AND COALESCE(SECONDS_BETWEEN(traffic_event_dt_utc, conversion_event_dt_utc), 0)
      <= 60 * 60 * 24 * CUSTOM_PARAMETER('attribution_days')
    AND (
      CARDINALITY(CUSTOM_PARAMETER('asins')) = 0
      OR ARRAY_CONTAINS(CUSTOM_PARAMETER('asins'), tracked_asin)
    )
),
-- Cost of the same window. It cannot be told by product.
costs AS (
  --: when ad_types is all or dsp
  SELECT
    'dsp' AS ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    campaign,
    currency_iso_code AS currency,
    user_id,
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
    campaign,
    currency_iso_code AS currency,
    user_id,
    spend / 100000000 AS cost
  FROM sponsored_ads_traffic
  --: end
),
facts AS (
  SELECT
    ad_product_type,
    campaign_id,
    campaign,
    tracked_asin,
    CAST(NULL AS VARCHAR) AS currency,
    user_id,
    purchases,
    ntb_purchases,
    sales,
    ntb_sales,
    CAST(NULL AS DOUBLE) AS cost
  FROM credited
  WHERE purchases > 0
  UNION ALL
  SELECT
    ad_product_type,
    campaign_id,
    campaign,
    CAST(NULL AS VARCHAR) AS tracked_asin,
    currency,
    user_id,
    0 AS purchases,
    0 AS ntb_purchases,
    0.0 AS sales,
    0.0 AS ntb_sales,
    CAST(cost AS DOUBLE) AS cost
  FROM costs
  WHERE CUSTOM_PARAMETER('level') <> 'product'
)
SELECT
  IF(CUSTOM_PARAMETER('level') = 'product', 'all', ad_product_type) AS ad_product_type,
  IF(CUSTOM_PARAMETER('level') = 'campaign', campaign_id, 'all') AS campaign_id,
  IF(CUSTOM_PARAMETER('level') = 'campaign', campaign, 'all') AS campaign,
  IF(CUSTOM_PARAMETER('level') = 'product', tracked_asin, 'all') AS tracked_asin,
  CASE
    WHEN MIN(currency) = MAX(currency) THEN MAX(currency)
    WHEN MIN(currency) <> MAX(currency) THEN 'several'
  END AS currency,
  COUNT(DISTINCT IF(purchases > 0, user_id, NULL)) AS customers,
  COUNT(DISTINCT IF(ntb_purchases > 0, user_id, NULL)) AS ntb_customers,
  -- Somebody can be new at first and buy again in the same window: then she is in both counts.
  COUNT(DISTINCT IF(purchases > ntb_purchases, user_id, NULL)) AS existing_customers,
  COUNT(DISTINCT IF(ntb_purchases > 0, user_id, NULL))
    / NULLIF(COUNT(DISTINCT IF(purchases > 0, user_id, NULL)), 0) AS ntb_customer_share,
  SUM(purchases) AS purchases,
  SUM(ntb_purchases) AS ntb_purchases,
  SUM(ntb_purchases) / NULLIF(SUM(purchases), 0) AS ntb_purchase_share,
  SUM(sales) AS sales,
  SUM(ntb_sales) AS ntb_sales,
  SUM(ntb_sales) / NULLIF(SUM(sales), 0) AS ntb_sales_share,
  SUM(cost) AS cost,
  SUM(cost) / NULLIF(COUNT(DISTINCT IF(ntb_purchases > 0, user_id, NULL)), 0) AS cost_per_ntb_customer
FROM facts
WHERE
  CARDINALITY(CUSTOM_PARAMETER('campaign_ids')) = 0
  OR ARRAY_CONTAINS(CUSTOM_PARAMETER('campaign_ids'), campaign_id)
GROUP BY 1, 2, 3, 4
