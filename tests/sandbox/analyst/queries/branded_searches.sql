SELECT tracked_item AS keyword, SUM(conversions) AS searches, COUNT(DISTINCT user_id) AS users
FROM conversions WHERE event_subtype = 'searchConversion' AND tracked_item SIMILAR TO '^keyword#'
GROUP BY tracked_item
