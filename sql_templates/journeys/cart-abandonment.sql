-- Cart abandonment: what became of products that people put into the cart, by product and by the
-- ad product that they met last before.
--
-- A cart is one person and one product, from the first time it was put in. It has the same number
-- of days to become a purchase wherever it lies in the window: carts of the last days, whose days
-- are not over yet, are left out.
WITH carts AS (
  SELECT
    user_id,
    tracked_item,
    MIN(event_dt_utc) AS cart_dt
  FROM conversions
  WHERE
    user_id IS NOT NULL
    AND tracked_item IS NOT NULL
    AND event_subtype = 'shoppingCart'
    AND (
      CARDINALITY(CUSTOM_PARAMETER('asins')) = 0
      OR ARRAY_CONTAINS(CUSTOM_PARAMETER('asins'), tracked_item)
    )
    AND SECONDS_BETWEEN(event_dt_utc, BUILT_IN_PARAMETER('TIME_WINDOW_END'))
      >= 60 * 60 * 24 * CUSTOM_PARAMETER('wait_days')
  GROUP BY 1, 2
),
orders AS (
  SELECT
    user_id,
    tracked_item,
    event_dt_utc AS order_dt,
    total_product_sales AS sales,
    total_units_sold AS units
  FROM conversions
  WHERE
    user_id IS NOT NULL
    AND event_subtype = 'order'
),
outcomes AS (
  SELECT
    c.user_id,
    c.tracked_item,
    c.cart_dt,
    SUM(IF(o.tracked_item = c.tracked_item, 1, 0)) AS same_orders,
    SUM(IF(o.tracked_item <> c.tracked_item, 1, 0)) AS other_orders
  FROM carts c
  LEFT JOIN orders o
    ON c.user_id = o.user_id
    AND o.order_dt >= c.cart_dt
    AND SECONDS_BETWEEN(c.cart_dt, o.order_dt) <= 60 * 60 * 24 * CUSTOM_PARAMETER('wait_days')
  GROUP BY 1, 2, 3
),
-- What one unit sold for on average: the value of a cart that was left.
prices AS (
  SELECT
    tracked_item,
    SUM(sales) / NULLIF(SUM(units), 0) AS unit_price
  FROM orders
  GROUP BY 1
),
touches AS (
  --: when ad_types is all or dsp
  SELECT
    user_id,
    'dsp' AS ad_product_type,
    impression_dt_utc AS touch_dt
  FROM TABLE(EXTEND_TIME_WINDOW('dsp_impressions', 'P28D', 'P0D'))
  WHERE user_id IS NOT NULL
  UNION ALL
  SELECT
    user_id,
    'dsp' AS ad_product_type,
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
    event_dt_utc AS touch_dt
  FROM TABLE(EXTEND_TIME_WINDOW('sponsored_ads_traffic', 'P28D', 'P0D'))
  WHERE user_id IS NOT NULL
  --: end
),
ads_before AS (
  SELECT
    c.user_id,
    c.tracked_item,
    t.ad_product_type,
    ROW_NUMBER() OVER (
      PARTITION BY c.user_id, c.tracked_item ORDER BY t.touch_dt DESC, t.ad_product_type
    ) AS from_last
  FROM carts c
  INNER JOIN touches t
    ON c.user_id = t.user_id
  WHERE
    t.touch_dt <= c.cart_dt
    AND SECONDS_BETWEEN(t.touch_dt, c.cart_dt) <= 60 * 60 * 24 * CUSTOM_PARAMETER('lookback_days')
),
last_ads AS (
  SELECT
    user_id,
    tracked_item,
    ad_product_type
  FROM ads_before
  WHERE from_last = 1
),
judged AS (
  SELECT
    o.user_id,
    o.tracked_item,
    COALESCE(l.ad_product_type, 'none') AS last_ad_product,
    IF(o.same_orders > 0, 1, 0) AS is_bought,
    IF(o.same_orders = 0 AND o.other_orders > 0, 1, 0) AS is_switched,
    IF(o.same_orders = 0 AND o.other_orders = 0, 1, 0) AS is_abandoned
  FROM outcomes o
  LEFT JOIN last_ads l
    ON o.user_id = l.user_id
    AND o.tracked_item = l.tracked_item
)
SELECT
  IF(CUSTOM_PARAMETER('split_by') = 'ad_product', 'all', j.tracked_item) AS tracked_asin,
  IF(CUSTOM_PARAMETER('split_by') = 'product', 'all', j.last_ad_product) AS last_ad_product,
  COUNT(DISTINCT j.user_id) AS shoppers,
  COUNT(j.user_id) AS carts,
  SUM(j.is_bought) AS bought,
  SUM(j.is_switched) AS bought_other,
  SUM(j.is_abandoned) AS abandoned,
  SUM(j.is_abandoned) / NULLIF(COUNT(j.user_id), 0) AS abandonment_rate,
  SUM(j.is_abandoned * p.unit_price) AS abandoned_value
FROM judged j
LEFT JOIN prices p
  ON j.tracked_item = p.tracked_item
GROUP BY 1, 2
