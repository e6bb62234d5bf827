/* One row per project with a step on or before the date: the row of project.sql, without the verdict on its swaps. */
SELECT
  figure.project_id AS project_id,
  coalesce(renamed.latest.name, registered.name) AS name,
  coalesce(merged.into_firm_id, built_by.latest.firm_id, registered.firm_id) AS firm_id,
  registered.facility_id AS facility_id,
  facility.country_code AS country_code,
  facility.region_code AS region_code,
  registered.activity_id AS activity_id,
  activity.unit AS unit,
  figure.status AS status,
  as_capacity(figure.planned) AS capacity_planned,
  as_capacity(figure.completed) AS capacity_completed,
  as_capacity(figure.remaining) AS capacity_remaining,
  figure.products AS products,
  figure.investment.amount::DECIMAL(24, 4) AS investment_amount,
  figure.investment.currency AS investment_currency,
  nullif(figure.approved.earliest, DATE '0001-01-01') AS approved_earliest,
  figure.approved.latest AS approved_latest,
  figure.authority AS authority,
  figure.first_due.shown AS first_due,
  figure.due.shown AS due,
  nullif(figure.due.earliest, DATE '0001-01-01') AS due_earliest,
  nullif(figure.due.latest, DATE '9999-12-31') AS due_latest,
  (nullif(figure.due.latest, DATE '9999-12-31') - nullif(figure.first_due.latest, DATE '9999-12-31'))::INTEGER AS slip_days,
  coalesce(figure.is_pending AND figure.status <> 'built' AND figure.due.latest < p_as_of, FALSE) AS is_overdue,
  as_capacity(figure.retiring) AS retiring,
  as_capacity(CASE WHEN figure.is_pending THEN figure.remaining - figure.retiring ELSE 0 END) AS net,
  as_capacity(figure.owed) AS owed,
  figure.replacement AS replacement,
  figure.is_pending AS is_pending,
  as_capacity(coalesce(figure.remaining, span.remaining_low, 0)) AS capacity_remaining_low,
  as_capacity(CASE WHEN figure.remaining IS NOT NULL THEN figure.remaining
                   WHEN span.project_id IS NULL THEN 0 ELSE span.remaining_high END) AS capacity_remaining_high,
  as_capacity(CASE WHEN figure.retiring IS NOT NULL THEN figure.retiring
                   WHEN span.is_replacing THEN span.remaining_low ELSE 0 END) AS retiring_low,
  as_capacity(CASE WHEN figure.retiring IS NOT NULL THEN figure.retiring
                   WHEN span.is_replacing THEN span.remaining_high END) AS retiring_high,
  as_capacity(CASE WHEN NOT figure.is_pending OR span.is_replacing THEN 0
                   ELSE coalesce(figure.remaining, span.remaining_low) - figure.retiring END) AS net_low,
  as_capacity(CASE WHEN NOT figure.is_pending OR span.is_replacing THEN 0
                   ELSE coalesce(figure.remaining, span.remaining_high) - coalesce(figure.retiring, 0) END) AS net_high,
  registered.phase_of AS phase_of
FROM _current_project_at(p_as_of, p_known_at) AS figure
LEFT JOIN _pending_span_at(p_as_of, p_known_at) AS span ON span.project_id = figure.project_id
LEFT JOIN _project_registered_at(p_as_of, p_known_at) AS registered ON registered.project_id = figure.project_id
LEFT JOIN _project_builder_at(p_as_of, p_known_at) AS built_by ON built_by.project_id = figure.project_id
LEFT JOIN _place_renamed_at(p_as_of, p_known_at) AS renamed ON renamed.kind = 'project' AND renamed.id = figure.project_id
LEFT JOIN _merged_firm_at(p_as_of, p_known_at) AS merged
  ON merged.firm_id = coalesce(built_by.latest.firm_id, registered.firm_id)
LEFT JOIN _facility_registered_at(p_as_of, p_known_at) AS facility ON facility.facility_id = registered.facility_id
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = registered.activity_id
