/* One row per RuleEnacted. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "rule_id": "VARCHAR", "title": "VARCHAR", "document_no": "VARCHAR", "authority": "VARCHAR",
    "jurisdiction": "VARCHAR", "regions": ["VARCHAR"], "outside_regions": "BOOLEAN", "activities": ["VARCHAR"],
    "kind": "VARCHAR", "ratio_min": "DECIMAL(12,6)",
    "exceptions": [{"condition": "VARCHAR", "ratio_min": "DECIMAL(12,6)"}],
    "in_force_from": {"earliest": "DATE", "latest": "DATE"}, "in_force_to": {"earliest": "DATE", "latest": "DATE"}}') AS e
  FROM batch_event
  WHERE type = 'rule_enacted'
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  e.rule_id AS rule_id, -- id of the rule
  e.title AS title, -- of the instrument
  e.document_no AS document_no, -- its number
  e.authority AS authority, -- who enacted it
  e.jurisdiction AS jurisdiction, -- country, region or EU
  coalesce(e.regions, []) AS regions, -- regions and lists of regions that it names
  coalesce(e.outside_regions, FALSE) AS outside_regions, -- whether it stands everywhere but there
  coalesce(e.activities, []) AS activities, -- activities that it governs
  e.kind AS kind, -- replacement_ratio, moratorium, no_split, quota_regime, export_control or other
  e.ratio_min AS ratio_min, -- least retired : built
  coalesce(e.exceptions, []) AS exceptions, -- cases that need less
  e.in_force_from.earliest AS in_force_from_earliest, -- first day from which it may bind
  e.in_force_from.latest AS in_force_from_latest, -- last such day
  e.in_force_to.latest AS in_force_to -- its last day; NULL when it sets none
FROM decoded
