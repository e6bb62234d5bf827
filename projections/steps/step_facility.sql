/* One row per facility whose steps are to be worked out: each that an event after the variable steps_after, or one that such
   an event supersedes, is about, directly or through a project; '' for completions of a project that is not registered. */
WITH
new_event AS (
  SELECT position FROM event WHERE position > getvariable('steps_after')::BIGINT
  UNION ALL SELECT target_position FROM link
),
built AS (
  SELECT project_id FROM capacity_move SEMI JOIN new_event USING (position) WHERE facility_id IS NULL
  UNION SELECT project_id FROM project_registration SEMI JOIN new_event USING (position)
  UNION SELECT project_id FROM project_move SEMI JOIN new_event USING (position)
)
SELECT facility_id FROM capacity_statement SEMI JOIN new_event USING (position)
UNION SELECT facility_id FROM capacity_move SEMI JOIN new_event USING (position) WHERE facility_id IS NOT NULL
UNION SELECT facility_id FROM facility_registration SEMI JOIN new_event USING (position)
UNION SELECT facility_id FROM facility_move SEMI JOIN new_event USING (position)
UNION SELECT facility_id FROM project_registration SEMI JOIN built USING (project_id)
UNION SELECT facility_id FROM project_move SEMI JOIN built USING (project_id)
UNION
-- Completions before their project was registered, or while no registration of it is current.
SELECT ''
FROM built
WHERE project_id NOT IN (SELECT project_id FROM project_registration)
  OR project_id IN (SELECT project_id FROM project_registration WHERE known_to < DATE '9999-12-31')
  OR project_id IN (
    SELECT project_id
    FROM project_registration SEMI JOIN new_event USING (position)
    SEMI JOIN (SELECT project_id FROM capacity_move WHERE facility_id IS NULL) AS move USING (project_id)
  )
