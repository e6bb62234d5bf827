/* A facility that merged into another still has capacity or pending projects. Severity: warning. One row per facility and
   activity that is still installed, and per pending project there. */
WITH
happening AS (
  SELECT
    predecessor_id AS facility_id, successor_id, position, TRUE AS is_end,
    effective_day(effective_earliest, effective_latest) AS happened_on, order_known_on, order_position
  FROM facility_succession
  WHERE is_merger AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  UNION ALL
  -- What a later split gives back makes it a facility of its own again.
  SELECT
    successor_id, predecessor_id, position, FALSE, effective_day(effective_earliest, effective_latest), order_known_on, order_position
  FROM facility_succession
  WHERE NOT is_merger AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
latest AS (
  SELECT facility_id, arg_max(happening, moment(happened_on, order_known_on, order_position)) AS latest
  FROM happening
  GROUP BY facility_id
),
merged AS (
  SELECT
    facility_id, latest.position AS position,
    concat('merged into ', latest.successor_id, ' on ', spoken_day(latest.happened_on)) AS said
  FROM latest
  WHERE latest.is_end
)
SELECT
  'facility:' || merged.facility_id AS subject,
  concat(merged.said, ', and ', CASE WHEN figure.installed IS NULL THEN 'at least ' ELSE '' END, spoken(figure.installed_low), ' ',
         activity.unit, ' of ', figure.activity_id, ' is still installed: state it in the merger, or retire it') AS message,
  list_sort(list_distinct([merged.position] || term.positions)) AS positions
FROM merged
JOIN _facility_figure_at(p_as_of, p_known_at) AS figure USING (facility_id)
JOIN (
  SELECT facility_id, activity_id, list(position) AS positions
  FROM _capacity_term_at(p_as_of, p_known_at) SEMI JOIN merged USING (facility_id)
  WHERE installed IS DISTINCT FROM 0
  GROUP BY facility_id, activity_id
) AS term ON term.facility_id = figure.facility_id AND term.activity_id = figure.activity_id
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = figure.activity_id
WHERE figure.installed_low > 0
UNION ALL
SELECT
  'facility:' || merged.facility_id,
  concat(merged.said, ', and the project ', project.project_id, ' is still pending there: record project_moved'),
  [merged.position, state.plan_position]
FROM merged
JOIN _project_registered_at(p_as_of, p_known_at) AS project USING (facility_id)
JOIN _current_span_at(p_as_of, p_known_at) AS state ON state.project_id = project.project_id
WHERE state.is_pending
