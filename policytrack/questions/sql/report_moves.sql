/* One row per place of a project that ever moved, and days between which it is known: the facility of its registration first,
   then that of each move, in the order in which they count. */
SELECT
  moved.project_id,
  listed.facility_id,
  (DATE '0001-01-01' - DATE '1970-01-01')::INTEGER AS effective_on,
  (DATE '0001-01-01' - DATE '1970-01-01')::INTEGER AS known_on,
  (DATE '9999-12-31' - DATE '1970-01-01')::INTEGER AS known_to,
  0::HUGEINT AS happened
FROM (SELECT DISTINCT project_id FROM project_move) AS moved
JOIN _project_listed_at(as_of(), known_at()) AS listed USING (project_id)
UNION ALL
SELECT
  project_id,
  facility_id,
  (effective_day(effective_earliest, effective_latest) - DATE '1970-01-01')::INTEGER,
  (known_on - DATE '1970-01-01')::INTEGER,
  (known_to - DATE '1970-01-01')::INTEGER,
  moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)
FROM project_move
WHERE known_on < known_to AND effective_day(effective_earliest, effective_latest) <= as_of() AND known_on <= known_at()
ORDER BY project_id, happened
