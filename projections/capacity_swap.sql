/* One row per capacity swap: what must go, what is named, what is gone, what is owed. A swap whose donor nobody has
   named, or whose ratio or leg has no exact figure, is `unverified`, never passed in silence. */
WITH
announced AS (
  SELECT swap_id, arg_max({'position': position, 'project_id': project_id, 'activity_id': activity_id,
                           'build': build_capacity, 'ratio': ratio, 'authority': authority,
                           'document_no': document_no},
                          moment(effective_day(effective_earliest, effective_latest), order_position)) AS latest
  FROM swap_statement
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY swap_id
),
leg AS (
  SELECT
    swap_leg.position,
    coalesce(sum(capacity) FILTER (WHERE NOT is_undisclosed), 0) AS named,
    bool_or(is_undisclosed OR capacity IS NULL) AS is_open
  FROM swap_leg
  GROUP BY swap_leg.position
),
retirement AS (
  SELECT swap_id, coalesce(sum(capacity), 0) AS retired
  FROM capacity_move
  WHERE type = 'capacity_retired' AND swap_id IS NOT NULL
    AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY swap_id
),
figure AS (
  SELECT
    announced.swap_id,
    announced.latest.project_id AS project_id,
    announced.latest.activity_id AS activity_id,
    announced.latest.build AS build_capacity,
    announced.latest.ratio AS ratio,
    announced.latest.authority AS authority,
    announced.latest.document_no AS document_no,
    as_capacity(announced.latest.build * announced.latest.ratio) AS required,
    coalesce(retirement.retired, 0) AS retired,
    greatest(coalesce(leg.named, 0), coalesce(retirement.retired, 0)) AS named,
    coalesce(leg.is_open, TRUE) AS is_open,
    coalesce(project.completed, 0) AS completed
  FROM announced
  LEFT JOIN leg ON leg.position = announced.latest.position
  LEFT JOIN retirement USING (swap_id)
  LEFT JOIN _project_state_at(p_as_of, p_known_at) AS project ON project.project_id = announced.latest.project_id
)
SELECT
  swap_id, -- id of the swap
  project_id, -- the project that is built
  activity_id, -- what the capacity makes
  build_capacity, -- new capacity that the swap permits
  ratio::DECIMAL(12, 6) AS ratio, -- retired : built
  CASE WHEN ratio IS NULL THEN 'unknown' ELSE 'stated' END AS ratio_basis, -- stated, rule or unknown
  required, -- capacity that must go: build times ratio
  as_capacity(named) AS named, -- of that, at a named donor
  as_capacity(at_least_zero(required - named)) AS undisclosed, -- of that, at donors that nobody has named
  as_capacity(retired) AS retired, -- gone by the date, by retirements that name the swap
  as_capacity(at_least_zero(completed * ratio - retired)) AS owed, -- due for what is commissioned, and not gone yet
  'announced' AS status, -- announced
  CASE
    WHEN required IS NULL THEN 'unverified'
    WHEN named >= required THEN 'pass'
    WHEN is_open THEN 'unverified'
    ELSE 'fail'
  END AS verdict, -- pass, fail or unverified
  activity.unit AS unit, -- unit of the figures
  authority, -- who published it
  document_no -- number of the notice
FROM figure
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)
