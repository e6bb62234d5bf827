/* One row per facility and activity, or per unit where the capacity of units is stated: what is installed and idle, how much of
   it is not exact, what has been retired, and what all events on idle capacity add up to, be it more than is installed or less
   than nothing. The unit is '' for what names none. */
WITH
by_unit AS (
  SELECT DISTINCT facility_id, activity_id
  FROM _capacity_term_at(as_of(), known_at())
  WHERE is_statement AND unit_id IS NOT NULL
),
term AS (
  SELECT term.* REPLACE (CASE WHEN by_unit.facility_id IS NULL THEN '' ELSE coalesce(unit_id, '') END AS unit_id),
    by_unit.facility_id IS NOT NULL AS is_by_unit
  FROM _capacity_term_at(as_of(), known_at()) AS term LEFT JOIN by_unit USING (facility_id, activity_id)
),
stopped AS (
  SELECT
    facility_id, activity_id, unit_id, any_value(is_by_unit) AS is_by_unit, sum(idle) AS stopped,
    CASE WHEN count(installed) = count(*) THEN sum(installed)
         ELSE greatest(0, least(coalesce(sum(installed), 0), CASE WHEN count(installed_low) = count(*) THEN sum(installed_low) ELSE 0 END))
    END AS installed,
    count(*) FILTER (WHERE installed IS NULL OR idle IS NULL) AS unknown_count
  FROM term
  GROUP BY facility_id, activity_id, unit_id
),
retired AS (
  SELECT facility_id, activity_id, CASE WHEN by_unit.facility_id IS NULL THEN '' ELSE coalesce(unit_id, '') END AS unit_id,
    sum(capacity) AS retired
  FROM capacity_move LEFT JOIN by_unit USING (facility_id, activity_id)
  WHERE type = 'capacity_retired' AND known_on <= known_at() AND known_to > known_at()
    AND effective_day(effective_earliest, effective_latest) <= as_of()
  GROUP BY ALL
),
figure AS (
  SELECT facility_id, activity_id, '' AS unit_id, counted_installed AS installed, counted_idle AS idle, unknown_count
  FROM _facility_figure_at(as_of(), known_at()) ANTI JOIN by_unit USING (facility_id, activity_id)
  UNION ALL
  SELECT facility_id, activity_id, unit_id, installed, greatest(0, least(coalesce(stopped, 0), installed)), unknown_count
  FROM stopped
  WHERE is_by_unit
)
SELECT figure.facility_id, figure.activity_id, figure.unit_id, as_capacity(figure.installed) AS installed, as_capacity(idle) AS idle,
       figure.unknown_count::INTEGER AS unknown_count, as_capacity(coalesce(retired, 0)) AS retired,
       as_capacity(coalesce(stopped, 0)) AS stopped
FROM figure
LEFT JOIN retired USING (facility_id, activity_id, unit_id)
LEFT JOIN stopped USING (facility_id, activity_id, unit_id)
