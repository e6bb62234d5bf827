/* One row per facility and activity: what is installed and idle, how much of it is not exact, and what has been retired. */
WITH retired AS (
  SELECT facility_id, activity_id, sum(capacity) AS retired
  FROM capacity_move
  WHERE type = 'capacity_retired' AND known_on <= known_at() AND known_to > known_at()
    AND effective_day(effective_earliest, effective_latest) <= as_of()
  GROUP BY facility_id, activity_id
)
SELECT facility_id, activity_id, installed, idle, unknown_count, as_capacity(coalesce(retired, 0)) AS retired
FROM facility_capacity LEFT JOIN retired USING (facility_id, activity_id)
