/* One row per facility and activity with operating capacity, and per pending project: what can be held, and who runs or
   builds it on the day of the perimeter. Of what is not exact, `capacity` is what a nation counts of it. */
WITH
-- The operating capacity of _facility_figure.sql, which is not exact where an event since the last statement is not.
operating AS (
  SELECT id AS facility_id, activity_id, sum(installed) - sum(idle) AS capacity, sum(unknowns) > 0 AS is_inexact
  FROM capacity_step
  WHERE kind = 'facility' AND effective_on <= p_as_of AND known_on <= p_known_at AND step_counts(dates)
  GROUP BY id, activity_id
),
thing AS (
  SELECT
    'facility' AS thing_kind, capacity.facility_id AS thing_id, capacity.facility_id,
    coalesce(run_by.latest.operator_id, registered.operator_id) AS operator_id,
    capacity.activity_id, 'operating' AS status, capacity.capacity, capacity.is_inexact
  FROM operating AS capacity
  LEFT JOIN _facility_registered_at(p_as_of, p_known_at) AS registered USING (facility_id)
  LEFT JOIN _facility_operator_at(perimeter_day(p_as_of), p_known_at) AS run_by USING (facility_id)
  WHERE capacity.is_inexact OR capacity.capacity <> 0
  UNION ALL
  SELECT 'project', project_id, registered.facility_id, coalesce(built_by.latest.firm_id, registered.firm_id),
    registered.activity_id, 'pending',
    coalesce(state.remaining, 0), state.remaining IS NULL
  FROM _current_span_at(p_as_of, p_known_at) AS state
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
  shared.facility_id IS NOT NULL AS is_shared
FROM thing
LEFT JOIN _merged_firm_at(perimeter_day(p_as_of), p_known_at) AS merged ON merged.firm_id = thing.operator_id
LEFT JOIN _dissolved_venture_at(perimeter_day(p_as_of), p_known_at) AS dissolved ON dissolved.firm_id = thing.operator_id
LEFT JOIN _shared_facility_at(p_as_of, p_known_at) AS shared ON shared.facility_id = thing.facility_id
