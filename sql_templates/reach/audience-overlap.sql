-- Audience overlap: how many people were reached by one, two or more ad products (or campaigns),
-- and how each of these groups buys. Everybody is in exactly one group.
WITH traffic AS (
  --: when ad_types is all or dsp
  SELECT
    user_id,
    'dsp' AS ad_product_type,
    CAST(campaign_id AS VARCHAR) AS campaign_id,
    campaign,
    impression_dt_utc AS event_dt,
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
    click_dt_utc AS event_dt,
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
    event_dt_utc AS event_dt,
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
    IF(CUSTOM_PARAMETER('compare') = 'campaigns', campaign, ad_product_type) AS audience,
    MIN(event_dt) AS first_dt,
    SUM(impressions) AS impressions,
    SUM(clicks) AS clicks,
    SUM(cost) AS cost
  FROM traffic
  WHERE
    CARDINALITY(CUSTOM_PARAMETER('campaign_ids')) = 0
    OR ARRAY_CONTAINS(CUSTOM_PARAMETER('campaign_ids'), campaign_id)
  GROUP BY 1, 2
),
people AS (
  SELECT
    user_id,
    ARRAY_TO_STRING(ARRAY_SORT(COLLECT(DISTINCT audience)), ' + ') AS audiences,
    COUNT(DISTINCT audience) AS audience_count,
    MIN(first_dt) AS first_dt,
    SUM(impressions) AS impressions,
    SUM(clicks) AS clicks,
    SUM(cost) AS cost
  FROM exposures
  GROUP BY 1
),
-- Every purchase once, whoever gets Amazon's credit for it, from the first ad event on.
buyers AS (
  SELECT
    p.user_id,
    SUM(c.conversions) AS purchases,
    SUM(c.total_product_sales) AS sales
  FROM people p
  INNER JOIN conversions c
    ON p.user_id = c.user_id
  WHERE
    c.event_subtype = 'order'
    AND c.event_dt_utc >= p.first_dt
  GROUP BY 1
),
overlaps AS (
  SELECT
    p.audiences,
    p.audience_count,
    COUNT(DISTINCT p.user_id) AS users,
    SUM(p.impressions) AS impressions,
    SUM(p.clicks) AS clicks,
    SUM(p.cost) AS cost,
    SUM(IF(b.purchases > 0, 1, 0)) AS buyers,
    SUM(COALESCE(b.purchases, 0)) AS purchases,
    SUM(COALESCE(b.sales, 0.0)) AS sales
  FROM people p
  LEFT JOIN buyers b
    ON p.user_id = b.user_id
  GROUP BY 1, 2
)
SELECT
  audiences,
  audience_count,
  users,
  users / NULLIF(SUM(users) OVER (), 0) AS user_share,
  impressions,
  impressions / NULLIF(users, 0) AS impressions_per_user,
  clicks,
  cost,
  buyers,
  buyers / NULLIF(users, 0) AS purchase_rate,
  purchases,
  sales,
  sales / NULLIF(users, 0) AS sales_per_user,
  sales / NULLIF(cost, 0) AS sales_per_cost
FROM overlaps
