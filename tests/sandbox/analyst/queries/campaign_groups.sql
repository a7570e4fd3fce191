WITH groups (pattern, group_name) AS (VALUES ('Awareness', 'upper'), ('Retarget', 'lower'),
                                             ('Prospecting', 'middle')),
     t AS (SELECT campaign, user_id, impressions FROM dsp_impressions)
SELECT g.group_name, COUNT(DISTINCT t.user_id) AS users, SUM(t.impressions) AS impressions
FROM t JOIN groups g ON POSITION(g.pattern IN t.campaign) > 0 GROUP BY 1
