/* One row per project announced, approved or further by the date: its status, remaining capacity, and the old capacity
   to retire for it. */
WITH verdict AS (
  SELECT
    project_id,
    CASE WHEN bool_or(verdict = 'fail') THEN 'fail'
         WHEN bool_or(verdict = 'unverified') THEN 'unverified'
         ELSE 'pass' END AS verdict
  FROM capacity_swap_at(p_as_of, p_known_at)
  WHERE status <> 'revoked'
  GROUP BY project_id
)
SELECT
  figure.project_id AS project_id, -- id of the project
  registered.name AS name, -- its name
  coalesce(merged.into_firm_id, registered.firm_id) AS firm_id, -- firm that builds it
  registered.facility_id AS facility_id, -- where
  facility.country_code AS country_code, -- ISO 3166-1
  facility.region_code AS region_code, -- ISO 3166-2
  registered.activity_id AS activity_id, -- activity of its capacity
  activity.unit AS unit, -- unit of the figures
  figure.status AS status, -- announced, approved, construction, trial, completed, suspended or cancelled
  as_capacity(figure.planned) AS capacity_planned, -- latest statement; NULL if unknown
  as_capacity(figure.completed) AS capacity_completed, -- commissioned by the date
  as_capacity(figure.remaining) AS capacity_remaining, -- remaining; NULL if unknown
  figure.products AS products, -- what it will make
  figure.investment.amount::DECIMAL(24, 4) AS investment_amount, -- latest stated, in units of the currency
  figure.investment.currency AS investment_currency, -- ISO 4217
  nullif(figure.approved.earliest, DATE '0001-01-01') AS approved_earliest, -- first day it may have been approved; NULL when open
  figure.approved.latest AS approved_latest, -- last such day
  figure.authority AS authority, -- who approved
  figure.first_due.shown AS first_due, -- the first due date that was stated, as the source wrote it
  figure.due.shown AS due, -- the latest one
  nullif(figure.due.earliest, DATE '0001-01-01') AS due_earliest, -- first day of that; NULL when open
  nullif(figure.due.latest, DATE '9999-12-31') AS due_latest, -- last day of that; NULL when open
  (nullif(figure.due.latest, DATE '9999-12-31') - nullif(figure.first_due.latest, DATE '9999-12-31'))::INTEGER AS slip_days, -- latest due minus first due, in days; NULL when either is open
  coalesce(figure.is_pending AND figure.due.latest < p_as_of, FALSE) AS is_overdue, -- due before the date and not completed
  as_capacity(figure.retiring) AS retiring, -- old capacity to retire for the remaining capacity; NULL if unknown
  as_capacity(CASE WHEN figure.is_pending THEN figure.remaining - figure.retiring ELSE 0 END) AS net, -- remaining minus retiring
  CASE WHEN verdict.verdict IS NOT NULL THEN verdict.verdict
       WHEN figure.replacement IN ('equal', 'reduced') THEN 'unverified' END AS swap_verdict, -- pass, fail or unverified; NULL without a replacement
  as_capacity(figure.owed) AS owed, -- old capacity that should be retired for the commissioned capacity, and is not
  figure.replacement AS replacement, -- as approved: none, equal, reduced or unknown
  figure.is_pending AS is_pending -- whether capacity remains to be built
FROM _project_figure_at(p_as_of, p_known_at) AS figure
LEFT JOIN verdict USING (project_id)
LEFT JOIN _project_registered_at(p_as_of, p_known_at) AS registered USING (project_id)
LEFT JOIN _merged_firm_at(p_as_of, p_known_at) AS merged ON merged.firm_id = registered.firm_id
LEFT JOIN facility_at(p_as_of, p_known_at) AS facility ON facility.facility_id = registered.facility_id
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = registered.activity_id
