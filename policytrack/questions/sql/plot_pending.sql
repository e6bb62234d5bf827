/* One row per part of the bar of a pending project: what it adds and, apart from that, what only replaces; gross where
   nobody knows what goes; unknown has no figure. */
WITH project AS (
  SELECT *, capacity_remaining - coalesce(at_least_zero(net), capacity_remaining) AS replaced,
         label_of(name, project_id, count(*) OVER (PARTITION BY name[:47])) AS label
  FROM pending_project
  WHERE (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
    AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
    AND (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], firm_id))
    AND (len($project::VARCHAR[]) = 0 OR list_contains($project::VARCHAR[], project_id))
),
part AS (
  SELECT project.*, unnest([
    {'place': 1, 'part': CASE WHEN net IS NULL THEN 'gross' ELSE 'growth' END, 'amount': capacity_remaining - replaced},
    {'place': 2, 'part': 'replacement', 'amount': replaced},
    {'place': 3, 'part': 'unknown', 'amount': NULL}
  ], recursive := TRUE)
  FROM project
)
SELECT
  coalesce(activity.name, activity_id) || ' · ' || part.unit AS panel, -- what is drawn on one scale
  label, -- the project
  part, -- growth, gross, replacement or unknown
  amount, -- how much, in the panel's unit; NULL when unknown
  CASE WHEN place = CASE WHEN capacity_remaining IS NULL THEN 3 ELSE 1 END THEN
    concat_ws(', ', CASE WHEN capacity_remaining IS NULL THEN spoken_span(capacity_remaining_low, capacity_remaining_high) END, status, 'due ' || due, CASE WHEN is_overdue THEN 'overdue' END,
              CASE WHEN capacity_remaining IS NOT NULL AND net IS NULL THEN 'retiring unknown' END)
  END AS note -- where it stands, beside its first part
FROM part LEFT JOIN activity USING (activity_id)
WHERE CASE
        WHEN capacity_remaining IS NULL THEN part = 'unknown'
        ELSE place = 1 OR amount > 0
      END
ORDER BY panel, due_latest NULLS LAST, label, place
