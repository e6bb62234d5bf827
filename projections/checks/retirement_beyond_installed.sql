/* More is retired at a facility, or leaves it in a merger or split, than is installed. Severity: error. Asked at
   recording. One row per retirement, merger or split, of the plant or of a unit, that goes beyond, with the events since the
   last statement. */
WITH
touched_statement AS (
  SELECT *, effective_day(effective_earliest, effective_latest) AS happened_on
  FROM capacity_statement SEMI JOIN _touched_facility_at(p_as_of, p_known_at) USING (facility_id)
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
-- Where the capacity of a unit is stated, each unit is an account of its own; what names none is compared with all of them.
by_unit AS (SELECT DISTINCT facility_id, activity_id FROM touched_statement WHERE unit_id IS NOT NULL),
stated AS (
  SELECT statement.*, CASE WHEN by_unit.facility_id IS NULL THEN '' ELSE unit_id END AS part
  FROM touched_statement AS statement LEFT JOIN by_unit USING (facility_id, activity_id)
),
moved AS (
  SELECT
    move.*, effective_day(effective_earliest, effective_latest) AS happened_on,
    CASE WHEN by_unit.facility_id IS NULL THEN '' ELSE unit_id END AS part
  FROM capacity_move AS move LEFT JOIN by_unit USING (facility_id, activity_id)
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
-- Only where all that is retired is more than the least that is ever stated, and nothing before the first statement:
-- elsewhere no retirement can go beyond. What is left of a large ledger is little.
retired AS (
  SELECT facility_id, activity_id, part, -sum(installed_change_high) AS capacity, min(happened_on) AS first_on
  FROM moved
  WHERE installed_change_high < 0 AND part IS NOT NULL
  GROUP BY facility_id, activity_id, part
),
least_stated AS (
  SELECT facility_id, activity_id, part, min(capacity_high) AS capacity, min(happened_on) AS first_on
  FROM stated
  WHERE part IS NOT NULL
  GROUP BY facility_id, activity_id, part
),
doubtful AS (
  SELECT retired.facility_id, retired.activity_id, retired.part
  FROM retired
  LEFT JOIN least_stated USING (facility_id, activity_id, part)
  WHERE retired.capacity > CASE WHEN least_stated.first_on < retired.first_on THEN least_stated.capacity ELSE 0 END
),
happening AS (
  SELECT
    position, facility_id, activity_id, part, TRUE AS is_statement, FALSE AS is_retirement, capacity_high AS change, capacity,
    moment(happened_on, order_known_on, order_position) AS happened
  FROM stated SEMI JOIN doubtful USING (facility_id, activity_id, part)
  UNION ALL
  SELECT
    position, facility_id, activity_id, part, FALSE,
    type = 'capacity_retired'
      OR (type IN ('facility_merged', 'facility_split') AND (installed_change_low IS NULL OR installed_change_low < 0)),
    installed_change_high, capacity,
    moment(happened_on, order_known_on, order_position)
  FROM moved SEMI JOIN doubtful USING (facility_id, activity_id, part) SEMI JOIN _touched_facility_at(p_as_of, p_known_at) USING (facility_id)
  UNION ALL
  SELECT
    moved.position, project.facility_id, project.activity_id, project.part, FALSE, FALSE, moved.installed_change_high,
    moved.capacity, moment(moved.happened_on, moved.order_known_on, moved.order_position)
  FROM moved
  JOIN (
    SELECT stood.project_id, stood.stood_from, stood.stood_to, doubtful.*
    FROM _project_stand_at(p_as_of, p_known_at) AS stood
    JOIN doubtful USING (facility_id, activity_id)
    SEMI JOIN _touched_facility_at(p_as_of, p_known_at) USING (facility_id)
  ) AS project ON project.project_id = moved.project_id AND (project.part = '' OR project.part = moved.unit_id)
    AND project.stood_from <= moved.happened_on AND moved.happened_on < project.stood_to
  WHERE moved.facility_id IS NULL
),
epoch AS (
  SELECT *, count(*) FILTER (WHERE is_statement) OVER (PARTITION BY facility_id, activity_id, part ORDER BY happened) AS number
  FROM happening
),
balance AS (
  SELECT
    *,
    sum(change) OVER so_far AS left_over,
    count(*) FILTER (WHERE change IS NULL) OVER so_far AS unknowns,
    number = 0 AND max(change) OVER so_far <= 0 AS of_nothing
  FROM epoch
  WINDOW so_far AS (PARTITION BY facility_id, activity_id, part, number ORDER BY happened)
),
-- Before any unit was stated, what is retired of one that no event stated or completed counts for the whole.
beyond AS MATERIALIZED (
  SELECT
    position, facility_id, activity_id, part, number, happened, of_nothing, left_over, sum(capacity) AS capacity
  FROM balance
  WHERE is_retirement AND unknowns = 0 AND left_over < 0
    AND (part = '' OR NOT of_nothing OR happened > (
      SELECT min(moment(stated.happened_on, stated.order_known_on, stated.order_position))
      FROM stated
      WHERE stated.facility_id = balance.facility_id AND stated.activity_id = balance.activity_id AND stated.part IS NOT NULL
    ))
  GROUP BY position, facility_id, activity_id, part, number, happened, of_nothing, left_over
),
-- Only for the findings: a list for every event of a facility would grow with the square of their number.
since_stated AS (
  SELECT
    beyond.position, beyond.facility_id, beyond.activity_id, beyond.part,
    list(epoch.position ORDER BY epoch.happened) AS positions
  FROM beyond
  JOIN epoch ON epoch.facility_id = beyond.facility_id AND epoch.activity_id = beyond.activity_id
   AND epoch.part = beyond.part AND epoch.number = beyond.number AND epoch.happened <= beyond.happened
  GROUP BY beyond.position, beyond.facility_id, beyond.activity_id, beyond.part
)
SELECT
  'facility:' || beyond.facility_id AS subject,
  concat(spoken(beyond.capacity), ' ', activity.unit, ' of ', beyond.activity_id, ', unit ' || nullif(beyond.part, ''),
         CASE event.type WHEN 'capacity_retired' THEN ' retired (' ELSE ' handed over (' END,
         event.effective, '), ',
         CASE WHEN beyond.of_nothing THEN 'and nothing known says what was installed by then'
              ELSE spoken(-beyond.left_over) || ' more than was installed' END) AS message,
  since_stated.positions AS positions
FROM beyond
JOIN since_stated ON since_stated.position = beyond.position AND since_stated.facility_id = beyond.facility_id
  AND since_stated.activity_id = beyond.activity_id AND since_stated.part = beyond.part
JOIN event ON event.position = beyond.position
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = beyond.activity_id
UNION ALL
SELECT
  'facility:' || facility_id,
  concat('units of ', activity_id, ' and what names no unit add up to ', spoken(figure.installed), ' ', activity.unit,
         ': more is retired than is installed'),
  terms.positions
FROM _facility_figure_at(p_as_of, p_known_at) AS figure
JOIN by_unit USING (facility_id, activity_id)
JOIN (
  SELECT facility_id, activity_id, list(position) AS positions
  FROM _capacity_term_at(p_as_of, p_known_at)
  WHERE unit_id IS NULL AND installed < 0
  GROUP BY facility_id, activity_id
) AS terms USING (facility_id, activity_id)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)
WHERE figure.installed < 0
