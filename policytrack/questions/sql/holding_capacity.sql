/* One row per event, or limit, that the capacity of one of the things is made of: what it adds, and who says so; and per
   event about one of them that adds nothing, with no amount and the reason. */
WITH
thing AS (SELECT unnest($things::VARCHAR[]) AS thing),
said AS (
  SELECT 'facility:' || facility_id AS thing, position, installed - idle AS amount
  FROM _capacity_term_at(as_of(), known_at())
  WHERE $in_status = 'operating' AND activity_id = $thing_activity
  UNION ALL
  SELECT 'project:' || project_id, plan_position, planned
  FROM _project_state_at(as_of(), known_at())
  WHERE $in_status = 'pending'
  UNION ALL
  SELECT 'project:' || project_id, position, -capacity
  FROM capacity_move
  WHERE $in_status = 'pending' AND type = 'project_completed'
    AND effective_day(effective_earliest, effective_latest) <= as_of()
    AND known_on <= known_at() AND known_to > known_at()
),
counted AS (
  SELECT thing, position, as_capacity(amount) AS amount
  FROM said
  WHERE amount <> 0 AND thing IN (SELECT thing FROM thing)
),
term AS (
  SELECT thing, position, amount, NULL AS reason FROM counted
  UNION ALL
  SELECT held.thing, NULL, held.capacity - coalesce(summed.amount, 0),
         'idle is between 0 and what is installed, and what is to come is not below 0'
  FROM (
    SELECT thing_kind || ':' || thing_id AS thing, capacity
    FROM _held_thing_at(as_of(), known_at())
    WHERE status = $in_status AND activity_id = $thing_activity
  ) AS held
  LEFT JOIN (SELECT thing, sum(amount) AS amount FROM counted GROUP BY thing) AS summed USING (thing)
  WHERE held.thing IN (SELECT thing FROM thing) AND held.capacity <> coalesce(summed.amount, 0)
),
subject AS (
  SELECT thing, thing AS subject FROM thing
  UNION
  SELECT 'facility:' || facility_id, 'project:' || project_id
  FROM project_registration
  WHERE 'facility:' || facility_id IN (SELECT thing FROM thing) AND activity_id = $thing_activity
  UNION
  SELECT 'facility:' || move.facility_id, 'project:' || move.project_id
  FROM project_move AS move
  WHERE 'facility:' || move.facility_id IN (SELECT thing FROM thing)
    AND move.project_id IN (SELECT project_id FROM project_registration WHERE activity_id = $thing_activity)
),
other AS (
  SELECT DISTINCT subject.thing, about.position
  FROM subject
  JOIN (
    SELECT position, unnest(subjects) AS subject
    FROM event
    WHERE list_contains($types::VARCHAR[], type)
      AND (list_contains(subjects, 'activity:' || $thing_activity)
           OR NOT list_bool_or(list_transform(subjects, lambda about: starts_with(about, 'activity:'))))
  ) AS about USING (subject)
),
shown AS (
  SELECT thing, position, amount, reason FROM term
  UNION ALL
  SELECT
    other.thing, other.position, NULL,
    coalesce(why_invisible(event.known_on, event.known_to, event.superseded_by,
                           effective_day(event.effective_earliest, event.effective_latest), as_of()),
             'restated since')
  FROM other
  JOIN event USING (position)
  LEFT JOIN term ON term.thing = other.thing AND term.position = other.position
  WHERE term.thing IS NULL
)
SELECT
  shown.thing, shown.position, shown.amount, shown.reason,
  event.type, event.effective, event.known_on, event.summary, event.assertion, sources.titles AS sources
FROM shown
LEFT JOIN event USING (position)
LEFT JOIN (
  SELECT position, list(title ORDER BY title) AS titles FROM event_source GROUP BY position
) AS sources USING (position)
ORDER BY shown.thing, shown.amount IS NULL, shown.position NULLS LAST
