/* One row per project with remaining capacity: the pending rows of project. */
SELECT
  project_id, -- id of the project
  name, -- its name
  firm_id, -- firm that builds it
  facility_id, -- where
  country_code, -- ISO 3166-1
  region_code, -- ISO 3166-2
  activity_id, -- activity of its capacity
  unit, -- unit of the figures
  status, -- announced, approved, construction, built (and not commissioned yet), trial or suspended
  capacity_planned, -- latest statement; NULL if unknown
  capacity_completed, -- commissioned by the date
  capacity_remaining, -- remaining; NULL if unknown
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
  is_overdue, -- due before the date, and neither built nor completed
  retiring, -- old capacity to retire for the remaining capacity; NULL if unknown
  net, -- remaining minus retiring
  swap_verdict, -- pass, fail or unverified; NULL without a replacement
  owed, -- old capacity that should be retired for the commissioned capacity, and is not
  replacement, -- as approved: none, equal, reduced or unknown
  is_pending, -- whether capacity remains to be built
  capacity_remaining_low, -- remaining is at least this
  capacity_remaining_high, -- remaining is at most this; NULL when nothing bounds it
  retiring_low, -- to retire is at least this
  retiring_high, -- to retire is at most this; NULL when nothing bounds it
  net_low, -- net is at least this; NULL when nothing bounds it
  net_high, -- net is at most this; NULL when nothing bounds it
  phase_of -- the whole project of which it is a phase; NULL if none
FROM project_at(p_as_of, p_known_at)
WHERE is_pending
