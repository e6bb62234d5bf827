/* One row per facility and activity: what is installed and idle, how much of it is not exact, what has been retired, and
   what all events on idle capacity add up to, be it more than is installed or less than nothing. */
WITH
stopped AS (
  SELECT facility_id, activity_id, sum(idle) AS stopped
  FROM _capacity_term_at(as_of(), known_at())
  GROUP BY facility_id, activity_id
),
retired AS (
  SELECT facility_id, activity_id, sum(capacity) AS retired
  FROM capacity_move
  WHERE type = 'capacity_retired' AND known_on <= known_at() AND known_to > known_at()
    AND effective_day(effective_earliest, effective_latest) <= as_of()
  GROUP BY facility_id, activity_id
)
SELECT facility_id, activity_id, counted_installed AS installed, counted_idle AS idle, unknown_count,
       as_capacity(coalesce(retired, 0)) AS retired, as_capacity(coalesce(stopped, 0)) AS stopped
FROM _facility_figure_at(as_of(), known_at())
LEFT JOIN retired USING (facility_id, activity_id)
LEFT JOIN stopped USING (facility_id, activity_id)
