/* One row per event in the life of a project: which step it is, and what it states of the plan. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "project_id": "VARCHAR",
    "capacity": {"value": "DECIMAL(18,3)", "bound": "VARCHAR", "at_most": "DECIMAL(18,3)"}, "products": ["VARCHAR"],
    "investment": {"amount": "DECIMAL(24,4)", "currency": "VARCHAR"},
    "due": {"edtf": "VARCHAR", "earliest": "DATE", "latest": "DATE", "written": "VARCHAR"},
    "authority": "VARCHAR", "document_no": "VARCHAR", "replacement": "VARCHAR", "is_final": "BOOLEAN",
    "reason": "VARCHAR"}') AS e
  FROM batch_event
  WHERE type IN (
    'project_announced', 'project_approved', 'construction_started', 'construction_completed', 'trial_production_started', 'schedule_revised',
    'scope_revised', 'project_suspended', 'project_resumed', 'project_cancelled', 'project_completed'
  )
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  e.project_id AS project_id, -- the project
  CASE type
    WHEN 'project_announced' THEN 'announced'
    WHEN 'project_approved' THEN 'approved'
    WHEN 'construction_started' THEN 'construction'
    WHEN 'construction_completed' THEN 'built'
    WHEN 'trial_production_started' THEN 'trial'
    WHEN 'project_completed' THEN 'completed'
    WHEN 'project_suspended' THEN 'suspended'
    WHEN 'project_resumed' THEN 'resumed'
    WHEN 'project_cancelled' THEN 'cancelled'
    WHEN 'schedule_revised' THEN 'rescheduled'
    WHEN 'scope_revised' THEN 'rescoped'
  END::ENUM ('announced', 'approved', 'construction', 'built', 'trial', 'completed', 'suspended', 'resumed', 'cancelled',
             'rescheduled', 'rescoped') AS step, -- announced, approved, construction, built, trial, completed, suspended, resumed, cancelled, rescheduled, rescoped
  type <> 'project_completed' AND e.capacity IS NOT NULL AS states_plan, -- whether it states the planned capacity
  CASE WHEN type <> 'project_completed' AND e.capacity.bound = 'exact' THEN e.capacity.value END AS capacity_planned, -- NULL when not exact
  CASE WHEN type = 'project_completed' AND e.capacity.bound = 'exact' THEN e.capacity.value END AS capacity_completed, -- commissioned by this event
  CASE WHEN e.capacity.bound IN ('exact', 'at_least', 'more_than') THEN e.capacity.value
       WHEN e.capacity IS NOT NULL THEN 0::DECIMAL(18, 3) END AS capacity_low, -- planned or commissioned: at least this
  CASE WHEN e.capacity.bound IN ('exact', 'at_most') THEN e.capacity.value ELSE e.capacity.at_most END AS capacity_high, -- at most this; NULL when open
  type = 'project_completed' AND coalesce(e.is_final, FALSE) AS is_final, -- whether nothing more will be built
  e.products AS products, -- what it will make
  e.investment.amount AS investment_amount, -- as stated
  e.investment.currency AS investment_currency, -- ISO 4217
  shown_date(e.due) AS due, -- when it is due, as the source wrote it
  e.due.edtf AS due_edtf, -- the same as a code
  coalesce(e.due.earliest, DATE '0001-01-01') AS due_earliest, -- first day of that
  coalesce(e.due.latest, DATE '9999-12-31') AS due_latest, -- last day of that
  e.authority AS authority, -- who approved
  e.document_no AS document_no, -- number of the approval
  CASE WHEN type = 'project_approved' THEN coalesce(e.replacement, 'unknown') END AS replacement -- none, equal, reduced or unknown
FROM decoded
