WITH terms AS (
  SELECT customer_search_term, SUM(clicks) AS clicks, COUNT(DISTINCT user_id) AS users
  FROM sponsored_ads_traffic WHERE customer_search_term IS NOT NULL GROUP BY 1
), ranked AS (SELECT customer_search_term, clicks, users, RANK() OVER (ORDER BY clicks DESC) AS place FROM terms)
SELECT customer_search_term, clicks, users, place FROM ranked WHERE place <= 25
