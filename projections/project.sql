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
  built.project_id, -- id of the project
  built.name, -- its name
  built.firm_id, -- firm that builds it
  built.facility_id, -- where
  built.country_code, -- ISO 3166-1
  built.region_code, -- ISO 3166-2
  built.activity_id, -- activity of its capacity
  built.unit, -- unit of the figures
  built.status, -- announced, approved, construction, built (and not commissioned yet), trial, completed, suspended, cancelled, or built_not_commissioned (cancelled after it was built)
  built.capacity_planned, -- latest statement; NULL if unknown
  built.capacity_completed, -- commissioned by the date
  built.capacity_remaining, -- remaining; NULL if unknown
  built.products, -- what it will make
  built.investment_amount, -- latest stated, in units of the currency
  built.investment_currency, -- ISO 4217
  built.approved_earliest, -- first day it may have been approved; NULL when open
  built.approved_latest, -- last such day
  built.authority, -- who approved
  built.first_due, -- the first due date that was stated, as the source wrote it
  built.due, -- the latest one
  built.due_earliest, -- first day of that; NULL when open
  built.due_latest, -- last day of that; NULL when open
  built.slip_days, -- latest due minus first due, in days; NULL when either is open
  built.is_overdue, -- due before the date, and neither built nor completed
  built.retiring, -- old capacity to retire for the remaining capacity; NULL if unknown
  built.net, -- remaining minus retiring
  CASE WHEN verdict.verdict IS NOT NULL THEN verdict.verdict
       WHEN built.replacement IN ('equal', 'reduced') THEN 'unverified' END AS swap_verdict, -- pass, fail or unverified; NULL without a replacement
  built.owed, -- old capacity that should be retired for the commissioned capacity, and is not
  built.replacement, -- as approved: none, equal, reduced or unknown
  built.is_pending, -- whether capacity remains to be built
  built.capacity_remaining_low, -- remaining is at least this
  built.capacity_remaining_high, -- remaining is at most this; NULL when nothing bounds it
  built.retiring_low, -- to retire is at least this
  built.retiring_high, -- to retire is at most this; NULL when nothing bounds it
  built.net_low, -- net is at least this; NULL when nothing bounds it
  built.net_high, -- net is at most this; NULL when nothing bounds it
  built.phase_of -- the whole project of which it is a phase; NULL if none
FROM _project_row_at(p_as_of, p_known_at) AS built
LEFT JOIN verdict USING (project_id)
