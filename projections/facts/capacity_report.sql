/* One row per CapacityReported: a published total. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "country": "VARCHAR", "region": "VARCHAR", "firm_id": "VARCHAR", "activity_id": "VARCHAR",
    "capacity": {"value": "DECIMAL(18,3)", "bound": "VARCHAR"}, "measure": "VARCHAR", "tolerance_pct": "DECIMAL(9,6)"}') AS e
  FROM batch_event
  WHERE type = 'capacity_reported'
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  concat_ws(' ', coalesce(e.region, e.country), 'firm:' || e.firm_id) AS scope_id, -- region or country, and firm: with its id
  coalesce(e.country, left(e.region, 2)) AS country_code, -- ISO 3166-1; NULL for a firm wherever it is
  e.region AS region_code, -- ISO 3166-2; NULL for all of the country
  e.firm_id AS firm_id, -- NULL for all firms
  e.activity_id AS activity_id, -- activity of the capacity
  CASE e.capacity.bound WHEN 'exact' THEN e.capacity.value END AS capacity, -- in the unit of the activity; NULL when not exact
  coalesce(e.measure, 'installed') AS measure, -- installed or operating
  coalesce(e.tolerance_pct, 0) AS tolerance_pct -- by how much the two may differ, in percent
FROM decoded
