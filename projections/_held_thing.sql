/* One row per facility and activity with operating capacity, and per pending project: what can be held, and who runs or
   builds it on the day of the perimeter. Of what is not exact, `capacity` is what a nation counts of it, and `low` and
   `high` are its ends. */
WITH
-- Where capacity was ever idle, how much of it is idle may not be exact: then nothing is sure to operate.
idling AS (
  SELECT facility_id, activity_id, TRUE AS is_idling FROM capacity_statement WHERE idle_share_pct > 0 AND known_to > p_known_at
  UNION
  SELECT facility_id, activity_id, TRUE FROM capacity_move
  WHERE (type = 'capacity_idled' OR (type IN ('facility_merged', 'facility_split') AND idle_change IS DISTINCT FROM 0))
    AND known_to > p_known_at
),
-- The operating capacity of _facility_figure.sql, which is not exact where an event since the last statement is not.
operating AS (
  SELECT
    id AS facility_id, activity_id, sum(installed) - sum(idle) AS capacity, sum(unknowns) > 0 AS is_inexact,
    sum(installed_low) AS installed_low, CASE WHEN sum(high_open) = 0 THEN sum(installed_high) END AS installed_high
  FROM capacity_step
  WHERE kind = 'facility' AND effective_on <= p_as_of AND known_on <= p_known_at AND step_counts(dates)
  GROUP BY id, activity_id
),
thing AS (
  SELECT
    'facility' AS thing_kind, capacity.facility_id AS thing_id, capacity.facility_id,
    coalesce(run_by.latest.operator_id, registered.operator_id) AS operator_id,
    capacity.activity_id, 'operating' AS status, capacity.capacity, capacity.is_inexact,
    CASE WHEN NOT capacity.is_inexact THEN capacity.capacity
         WHEN is_idling IS NULL THEN capacity.installed_low ELSE 0 END AS low,
    CASE WHEN capacity.is_inexact THEN capacity.installed_high ELSE capacity.capacity END AS high
  FROM operating AS capacity
  LEFT JOIN idling USING (facility_id, activity_id)
  LEFT JOIN _facility_registered_at(p_as_of, p_known_at) AS registered USING (facility_id)
  LEFT JOIN _facility_operator_at(perimeter_day(p_as_of), p_known_at) AS run_by USING (facility_id)
  WHERE capacity.is_inexact OR capacity.capacity <> 0
  UNION ALL
  SELECT 'project', project_id, registered.facility_id, coalesce(built_by.latest.firm_id, registered.firm_id),
    registered.activity_id, 'pending',
    coalesce(state.remaining, 0), state.remaining IS NULL,
    coalesce(state.remaining, span.remaining_low, 0),
    coalesce(state.remaining, span.remaining_high)
  FROM _current_span_at(p_as_of, p_known_at) AS state
  LEFT JOIN _pending_span_at(p_as_of, p_known_at) AS span USING (project_id)
  LEFT JOIN _project_registered_at(p_as_of, p_known_at) AS registered USING (project_id)
  LEFT JOIN _project_builder_at(perimeter_day(p_as_of), p_known_at) AS built_by USING (project_id)
  WHERE state.is_pending AND state.remaining IS DISTINCT FROM 0
)
SELECT
  thing.thing_kind,
  thing.thing_id,
  thing.facility_id,
  CASE WHEN thing.thing_kind = 'project' OR dissolved.firm_id IS NULL
       THEN coalesce(merged.into_firm_id, thing.operator_id) END AS operator_id,
  thing.activity_id,
  thing.status,
  as_capacity(thing.capacity) AS capacity,
  thing.is_inexact,
  as_capacity(greatest(thing.low, thing.capacity)) AS low,
  as_capacity(thing.high) AS high, -- NULL when nothing bounds it
  shared.facility_id IS NOT NULL AS is_shared
FROM thing
LEFT JOIN _merged_firm_at(perimeter_day(p_as_of), p_known_at) AS merged ON merged.firm_id = thing.operator_id
LEFT JOIN _dissolved_venture_at(perimeter_day(p_as_of), p_known_at) AS dissolved ON dissolved.firm_id = thing.operator_id
LEFT JOIN _shared_facility_at(p_as_of, p_known_at) AS shared ON shared.facility_id = thing.facility_id
