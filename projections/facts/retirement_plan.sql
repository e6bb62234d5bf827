/* One row per RetirementWithdrawn, and per part of a RetirementAnnounced: what is to be retired on one date. */
WITH
decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "facility_id": "VARCHAR", "activity_id": "VARCHAR", "reason": "VARCHAR",
    "capacity": {"value": "DECIMAL(18,3)", "bound": "VARCHAR", "at_most": "DECIMAL(18,3)"},
    "due": {"edtf": "VARCHAR", "earliest": "DATE", "latest": "DATE", "written": "VARCHAR"},
    "phases": [{"capacity": {"value": "DECIMAL(18,3)", "bound": "VARCHAR", "at_most": "DECIMAL(18,3)"},
      "due": {"edtf": "VARCHAR", "earliest": "DATE", "latest": "DATE", "written": "VARCHAR"}, "name": "VARCHAR"}]}') AS e
  FROM batch_event
  WHERE type IN ('retirement_announced', 'retirement_withdrawn')
),
numbered AS (
  SELECT
    *,
    unnest(CASE WHEN len(e.phases) > 0 THEN e.phases ELSE [{'capacity': e.capacity, 'due': e.due, 'name': NULL}] END) AS phase,
    CASE WHEN len(e.phases) > 0 THEN generate_subscripts(e.phases, 1) ELSE 1 END AS phase_number
  FROM decoded
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  e.facility_id AS facility_id, -- the facility
  e.activity_id AS activity_id, -- what the capacity makes
  phase_number, -- 1 for the first part of the plan
  phase.name AS phase_name, -- the furnace, line or block that goes
  type = 'retirement_withdrawn' AS is_withdrawal, -- whether the plan ends
  CASE phase.capacity.bound WHEN 'exact' THEN phase.capacity.value END AS capacity, -- to be retired; NULL when not exact
  CASE WHEN phase.capacity.bound IN ('exact', 'at_least', 'more_than') THEN phase.capacity.value ELSE 0::DECIMAL(18, 3) END AS capacity_low, -- at least
  CASE WHEN phase.capacity.bound IN ('exact', 'at_most') THEN phase.capacity.value ELSE phase.capacity.at_most END AS capacity_high, -- at most; NULL when nothing bounds it
  shown_date(phase.due) AS due, -- when it is to go, as the source wrote it
  phase.due.edtf AS due_edtf, -- the same as a code
  CASE WHEN phase.due IS NOT NULL THEN coalesce(phase.due.earliest, DATE '0001-01-01') END AS due_earliest, -- first day of that
  CASE WHEN phase.due IS NOT NULL THEN coalesce(phase.due.latest, DATE '9999-12-31') END AS due_latest, -- last day of that
  e.reason AS reason -- why, as the source states it
FROM numbered
