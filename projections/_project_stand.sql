/* One row per registered project and facility where it was by the date: from which day, and to which. A completion adds to
   the facility of its day; on the day of a move, that is the new one. */
WITH
moved AS (
  SELECT
    project_id,
    effective_day(effective_earliest, effective_latest) AS stood_from,
    arg_max(facility_id, moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)) AS facility_id
  FROM project_move
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY ALL
),
first_moved AS (SELECT project_id, min(stood_from) AS stood_from FROM moved GROUP BY project_id)
SELECT
  listed.project_id, listed.facility_id, listed.activity_id, DATE '0001-01-01' AS stood_from,
  coalesce(first_moved.stood_from, DATE '9999-12-31') AS stood_to
FROM _project_listed_at(p_as_of, p_known_at) AS listed
LEFT JOIN first_moved ON first_moved.project_id = listed.project_id
UNION ALL
SELECT
  moved.project_id, moved.facility_id, listed.activity_id, moved.stood_from,
  lead(moved.stood_from, 1, DATE '9999-12-31') OVER (PARTITION BY moved.project_id ORDER BY moved.stood_from)
FROM moved
JOIN _project_listed_at(p_as_of, p_known_at) AS listed ON listed.project_id = moved.project_id
