/* One row per published total and measure, the latest of each: compared with the sum of our facilities. */
WITH
reported AS (
  SELECT scope_id, activity_id, measure, arg_max(report, moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)) AS report
  FROM (
    SELECT capacity_report AS report, scope_id, activity_id, measure, effective_earliest, effective_latest, order_known_on, order_position
    FROM capacity_report
    WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
      AND known_on <= p_known_at AND known_to > p_known_at
  )
  GROUP BY scope_id, activity_id, measure
),
figure AS (
  SELECT
    reported.scope_id,
    reported.activity_id,
    reported.measure,
    reported.report.capacity AS capacity,
    reported.report.tolerance_pct AS tolerance_pct,
    reported.report.position AS position,
    coalesce(sum(CASE reported.measure WHEN 'operating' THEN counted.counted_operating ELSE counted.counted_installed END), 0) AS computed,
    count(*) FILTER (WHERE facility.unknown_count > 0) AS unknowns
  FROM reported
  LEFT JOIN facility_capacity_at(p_as_of, p_known_at) AS facility
    ON facility.activity_id = reported.activity_id
    AND (reported.report.country_code IS NULL OR facility.country_code = reported.report.country_code)
    AND (reported.report.region_code IS NULL OR facility.region_code = reported.report.region_code)
    AND (reported.report.firm_id IS NULL OR facility.operator_id = reported.report.firm_id)
  LEFT JOIN _facility_figure_at(p_as_of, p_known_at) AS counted
    ON counted.facility_id = facility.facility_id AND counted.activity_id = facility.activity_id
  GROUP BY ALL
)
SELECT
  scope_id, -- region or country, and firm: with its id
  activity_id, -- activity of the capacity
  as_capacity(capacity) AS reported, -- the published total; NULL when not exact
  as_capacity(computed) AS computed, -- sum of our facilities there; of a firm, those that it operates
  as_capacity(computed - capacity) AS difference, -- computed minus reported
  as_capacity(capacity * tolerance_pct / 100) AS tolerance, -- allowed difference
  CASE WHEN capacity IS NOT NULL THEN abs(computed - capacity) <= capacity * tolerance_pct / 100 END AS is_within, -- whether the difference is allowed
  measure, -- installed or operating
  activity.unit AS unit, -- unit of the figures
  unknowns::INTEGER AS unknown_count, -- facilities there with inexact capacity, not in the sum
  position -- event that reports it
FROM figure
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)
