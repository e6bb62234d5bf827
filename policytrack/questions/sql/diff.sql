/* One row per event that changed a national figure between two coordinates, and by how much. First what happened in the
   world, by what was known at the start; then what was learned since. Both together are the change, exactly: each is the
   sum of the steps that count at one pair of days and not at the other. */
WITH
change AS (
  SELECT
    'happened' AS cause,
    CASE WHEN effective_on <= $to_as_of::DATE THEN 1 ELSE -1 END AS sign,
    step.*
  FROM capacity_step AS step
  WHERE step_counts(dates) AND known_on <= $from_known_at::DATE
    AND effective_on > least($from_as_of::DATE, $to_as_of::DATE)
    AND effective_on <= greatest($from_as_of::DATE, $to_as_of::DATE)
  UNION ALL
  SELECT
    'learned',
    CASE WHEN known_on <= $to_known_at::DATE THEN 1 ELSE -1 END,
    step.*
  FROM capacity_step AS step
  WHERE step_counts(dates) AND effective_on <= $to_as_of::DATE
    AND known_on > least($from_known_at::DATE, $to_known_at::DATE)
    AND known_on <= greatest($from_known_at::DATE, $to_known_at::DATE)
),
summed AS (
  SELECT
    country_code, activity_id, cause, kind, id, position,
    sum(sign * installed) AS installed, sum(sign * idle) AS idle, sum(sign * owed) AS owed,
    sum(sign * pending_gross) AS pending_gross, sum(sign * pending_retiring) AS pending_retiring
  FROM change
  WHERE (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
    AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  GROUP BY ALL
),
-- An event about a swap changes the figures of its project.
swap AS (
  SELECT position, any_value(swap_id) AS swap_id
  FROM (
    SELECT position, swap_id FROM swap_statement
    UNION ALL SELECT position, swap_id FROM swap_outcome
    UNION ALL SELECT position, swap_id FROM lot_return
    UNION ALL SELECT position, swap_id FROM capacity_move WHERE swap_id IS NOT NULL
  )
  SEMI JOIN summed USING (position)
  GROUP BY position
),
wanted AS (
  SELECT figure
  FROM (
    SELECT unnest(['installed', 'idle', 'operating', 'owed_retirement', 'net', 'pending_gross', 'pending_retiring',
                   'pending_net']) AS figure
  )
  WHERE len($figure_names::VARCHAR[]) = 0 OR list_contains($figure_names::VARCHAR[], figure)
),
term AS (
  SELECT
    country_code, activity_id, figure, cause, position,
    CASE WHEN kind = 'project' AND swap_id IS NOT NULL THEN 'swap:' || swap_id ELSE kind || ':' || id END AS thing,
    CASE figure
      WHEN 'installed' THEN installed
      WHEN 'idle' THEN idle
      WHEN 'operating' THEN installed - idle
      WHEN 'owed_retirement' THEN owed
      WHEN 'net' THEN installed - idle - owed
      WHEN 'pending_gross' THEN pending_gross
      WHEN 'pending_retiring' THEN pending_retiring
      ELSE pending_gross - pending_retiring
    END AS amount
  FROM summed
  LEFT JOIN swap USING (position)
  CROSS JOIN wanted
)
SELECT
  term.country_code,
  term.activity_id,
  term.figure,
  term.cause,
  term.thing,
  term.position,
  as_capacity(term.amount) AS change,
  activity.unit,
  event.type,
  event.effective,
  event.known_on,
  event.summary
FROM term
LEFT JOIN event ON event.position = term.position
LEFT JOIN activity ON activity.activity_id = term.activity_id
WHERE term.amount <> 0
ORDER BY term.country_code, term.activity_id, term.figure, term.cause, term.thing, term.position
