/* One row per project with something still to come: the rows of project that are pending. */
SELECT
  project_id, -- id of the project
  name, -- its name
  firm_id, -- firm that builds it
  facility_id, -- where
  country_code, -- ISO 3166-1
  region_code, -- ISO 3166-2
  activity_id, -- what its capacity makes
  unit, -- unit of the figures
  status, -- announced, approved, construction, trial, completed, suspended or cancelled
  capacity_planned, -- latest stated; NULL when unknown
  capacity_completed, -- commissioned by the date
  capacity_remaining, -- still to come; NULL when unknown
  products, -- what it will make
  investment_amount, -- latest stated, in units of the currency
  investment_currency, -- ISO 4217
  approved_earliest, -- first day it may have been approved; NULL when open
  approved_latest, -- last such day
  authority, -- who approved
  first_due, -- the first due date that was stated, as the source wrote it
  due, -- the latest one
  due_earliest, -- first day of that; NULL when open
  due_latest, -- last day of that; NULL when open
  slip_days, -- latest due minus first due, in days; NULL when either is open
  is_overdue, -- due before the date and not done
  retiring, -- old capacity that goes for what is still to come; NULL when unknown
  net, -- what is still to come, less what goes for it
  swap_verdict, -- pass, fail or unverified; NULL when it replaces nothing
  owed, -- old capacity that should be gone for what is commissioned
  replacement, -- as approved: none, equal, reduced or unknown
  is_pending -- whether something is still to come
FROM project_at(p_as_of, p_known_at)
WHERE is_pending
