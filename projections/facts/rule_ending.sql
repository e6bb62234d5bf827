/* One row per RuleSuspended or RuleRepealed. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "rule_id": "VARCHAR", "until": {"latest": "DATE"}, "in_force_to": {"latest": "DATE"},
    "document_no": "VARCHAR", "reason": "VARCHAR"}') AS e
  FROM batch_event
  WHERE type IN ('rule_suspended', 'rule_repealed')
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  e.rule_id AS rule_id, -- the rule
  type = 'rule_repealed' AS is_repeal, -- or else a suspension
  e.until.latest AS until, -- last day of a suspension; NULL until further notice
  e.in_force_to.latest AS in_force_to, -- last day of a repealed rule; NULL when it ends with the repeal
  e.document_no AS document_no, -- number of the notice
  e.reason AS reason -- why
FROM decoded
