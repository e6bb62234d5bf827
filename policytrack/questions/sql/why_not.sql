/* One row per event about what the figure is made of that adds nothing to it, and why not. Of a facility, project or swap
   without any event that counts, only what does not count yet, or no longer; a shortened explanation has none of these. */
WITH
facility_here AS (
  SELECT facility_id FROM _facility_registered_at(as_of(), known_at()) WHERE country_code = $country_code
),
project_here AS (
  SELECT project_id, facility_id
  FROM _project_registered_at(as_of(), known_at())
  WHERE activity_id = $activity_id AND facility_id IN (FROM facility_here)
),
-- Where each project was, for what it completed on a day.
stood_here AS (
  SELECT project_id, facility_id, stood_from, stood_to
  FROM _project_stand_at(as_of(), known_at())
  WHERE activity_id = $activity_id AND facility_id IN (FROM facility_here)
),
swap_here AS (
  SELECT DISTINCT swap_id FROM swap_statement WHERE project_id IN (SELECT project_id FROM project_here)
),
speaking AS (SELECT unnest($kinds::VARCHAR[]) AS kind, unnest($types::VARCHAR[]) AS type),
counted AS (SELECT unnest($positions::BIGINT[]) AS position),
-- By the facts of each type, so that the details of the events are read of those few only. A statement for another activity
-- of the same place says nothing of this one.
about AS (
  SELECT 'facility' AS kind, 'facility:' || facility_id AS thing, position
  FROM capacity_statement SEMI JOIN facility_here USING (facility_id)
  WHERE activity_id = $activity_id AND is_kind_asked('facility')
  UNION
  SELECT 'facility', 'facility:' || facility_id, position
  FROM capacity_move SEMI JOIN facility_here USING (facility_id)
  WHERE activity_id = $activity_id AND is_kind_asked('facility')
  UNION
  SELECT 'facility', 'facility:' || facility_id, position
  FROM retirement_plan SEMI JOIN facility_here USING (facility_id)
  WHERE activity_id = $activity_id AND is_kind_asked('facility')
  UNION
  SELECT 'facility', 'facility:' || here.facility_id, move.position
  FROM capacity_move AS move
  JOIN stood_here AS here ON here.project_id = move.project_id
    AND here.stood_from <= effective_day(move.effective_earliest, move.effective_latest)
    AND effective_day(move.effective_earliest, move.effective_latest) < here.stood_to
  WHERE move.facility_id IS NULL AND is_kind_asked('facility')
  UNION
  SELECT 'project', 'project:' || project_id, position FROM project_step SEMI JOIN project_here USING (project_id)
  WHERE is_kind_asked('project')
  UNION
  -- Also of a project that moved away: where its capacity went.
  SELECT 'project', 'project:' || project_id, position FROM project_move SEMI JOIN stood_here USING (project_id)
  WHERE is_kind_asked('project')
  UNION
  SELECT 'swap', 'swap:' || swap_id, position FROM swap_statement SEMI JOIN swap_here USING (swap_id)
  WHERE is_kind_asked('swap')
  UNION
  SELECT 'swap', 'swap:' || swap_id, position FROM swap_outcome SEMI JOIN swap_here USING (swap_id)
  WHERE is_kind_asked('swap')
  UNION
  SELECT 'swap', 'swap:' || swap_id, position FROM capacity_move SEMI JOIN swap_here USING (swap_id)
  WHERE is_kind_asked('swap')
),
spoken_of AS (
  SELECT about.kind, about.thing, event.*
  FROM (FROM about ANTI JOIN counted USING (position)) AS about
  JOIN event USING (position)
  SEMI JOIN speaking ON speaking.type = event.type AND speaking.kind = about.kind
),
unit AS (
  SELECT facility_id, unit_id, TRUE AS is_stated
  FROM capacity_statement
  WHERE activity_id = $activity_id AND unit_id IS NOT NULL
    AND effective_day(effective_earliest, effective_latest) <= as_of() AND known_on <= known_at() AND known_to > known_at()
  UNION
  SELECT here.facility_id, move.unit_id, FALSE
  FROM capacity_move AS move
  JOIN stood_here AS here ON here.project_id = move.project_id
    AND here.stood_from <= effective_day(move.effective_earliest, move.effective_latest)
    AND effective_day(move.effective_earliest, move.effective_latest) < here.stood_to
  WHERE move.unit_id IS NOT NULL AND effective_day(move.effective_earliest, move.effective_latest) <= as_of()
    AND move.known_on <= known_at() AND move.known_to > known_at()
),
-- Where the capacity of units is stated, neither a statement of the whole nor a unit that no event states counts.
not_of_units AS (
  SELECT position, 'the units of the plant count' AS reason
  FROM capacity_statement SEMI JOIN (FROM unit WHERE is_stated) AS plant USING (facility_id)
  WHERE activity_id = $activity_id AND unit_id IS NULL
  UNION ALL
  SELECT position, 'names a unit that no event states'
  FROM capacity_move AS move SEMI JOIN (FROM unit WHERE is_stated) AS plant USING (facility_id)
  ANTI JOIN unit ON unit.facility_id = move.facility_id AND unit.unit_id = move.unit_id
  WHERE activity_id = $activity_id AND unit_id IS NOT NULL
),
-- None, if the figure counts nothing as not exact.
vague AS (
  SELECT DISTINCT 'facility:' || facility_id AS thing, position
  FROM _capacity_term_at(as_of(), known_at())
  WHERE activity_id = $activity_id AND (installed IS NULL OR idle IS NULL)
    AND NOT coalesce(getvariable('is_asked_exact')::BOOLEAN, FALSE)
),
-- Of a project that is not exact: the event that states its plan.
vague_plan AS (
  SELECT
    'project:' || project_id AS thing,
    state.plan_position AS position,
    'not exact' || coalesce(': ' || spoken_span(span.remaining_low, span.remaining_high) || ' to come', '') AS reason
  FROM _pending_span_at(as_of(), known_at()) AS span
  JOIN _current_span_at(as_of(), known_at()) AS state USING (project_id)
  WHERE starts_with($figure::VARCHAR, 'pending') AND project_id IN (SELECT project_id FROM project_here)
),
other AS (
  SELECT
    one.kind = 'facility' OR (one.kind = 'project' AND starts_with($figure::VARCHAR, 'pending')) AS is_stated,
    one.thing,
    one.position,
    one.type,
    one.effective,
    one.known_on,
    one.summary,
    CASE WHEN vague.position IS NOT NULL THEN 'not exact'
         WHEN vague_plan.position IS NOT NULL THEN vague_plan.reason
         ELSE why_invisible(one.known_on, one.known_to, one.superseded_by,
                            effective_day(one.effective_earliest, one.effective_latest), as_of()) END AS reason
  FROM spoken_of AS one
  LEFT JOIN vague ON vague.thing = one.thing AND vague.position = one.position
  LEFT JOIN vague_plan ON vague_plan.thing = one.thing AND vague_plan.position = one.position
)
SELECT
  thing, position, type, effective, known_on, summary,
  coalesce(other.reason, not_of_units.reason, 'the project is at ' || moved.latest.facility_id, CASE WHEN is_stated AND type <> 'project_cancelled' THEN 'restated since' ELSE 'adds nothing' END) AS reason
FROM other
LEFT JOIN not_of_units USING (position)
LEFT JOIN _project_moved_at(as_of(), known_at()) AS moved ON type = 'project_moved' AND thing = 'project:' || moved.project_id
WHERE CASE WHEN $is_shortened::BOOLEAN THEN thing IN (SELECT unnest($things::VARCHAR[]))
           ELSE other.reason IS NOT NULL OR moved.latest IS NOT NULL OR thing IN (SELECT unnest($things::VARCHAR[])) END
ORDER BY thing, position
