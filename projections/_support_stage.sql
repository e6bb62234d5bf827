/* One row per stage of a support that was reached by the date, with what it inherits: a stage that names no recipient, project
   or programme has those that the latest other stage of the same support names. The last announcement and the last award
   count; payments and claw-backs add up. */
WITH
visible AS (
  SELECT
    *,
    effective_day(effective_earliest, effective_latest) AS since,
    moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened
  FROM support_award
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
whole AS (
  SELECT
    support_id,
    arg_max(recipient_id, happened) AS recipient_id, -- the latest that is named
    arg_max(project_id, happened) AS project_id,
    arg_max(programme, happened) AS programme,
    count(DISTINCT currency) AS currencies
  FROM visible
  GROUP BY support_id
),
inherited AS (
  SELECT
    visible.support_id, visible.instrument, visible.stage, visible.amount, visible.amount_low, visible.amount_high, visible.currency, visible.jurisdiction,
    visible.terms, visible.since, visible.happened, visible.position, whole.currencies,
    coalesce(visible.recipient_id, whole.recipient_id) AS recipient_id,
    coalesce(visible.project_id, whole.project_id) AS project_id,
    coalesce(visible.programme, whole.programme) AS programme,
    visible.stage IN ('disbursed', 'clawed_back')
    OR visible.happened = max(visible.happened) OVER (PARTITION BY visible.support_id, visible.stage) AS counts
  FROM visible JOIN whole USING (support_id)
)
SELECT
  inherited.*,
  project.activity_id AS activity_id,
  coalesce(facility.country_code, firm.country_code, nullif(left(inherited.jurisdiction, 2), 'EU')) AS country_code
FROM inherited
LEFT JOIN _project_registered_at(p_as_of, p_known_at) AS project ON project.project_id = inherited.project_id
LEFT JOIN _facility_registered_at(p_as_of, p_known_at) AS facility ON facility.facility_id = project.facility_id
LEFT JOIN _firm_registered_at(p_as_of, p_known_at) AS firm ON firm.firm_id = inherited.recipient_id
