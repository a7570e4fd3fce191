SELECT campaign, SUM(video_start) AS starts, SUM(video_complete) AS completes,
  SUM(video_complete) / NULLIF(SUM(video_start), 0) AS completion_rate
FROM dsp_video_events_feed WHERE video_impression = 1 GROUP BY campaign
