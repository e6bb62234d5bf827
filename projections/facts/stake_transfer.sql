/* One row per side of a StakeTransferred or FacilityStakeTransferred: what it adds to the share of one owner. */
WITH
decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "owned_id": "VARCHAR", "facility_id": "VARCHAR", "from_id": "VARCHAR",
    "to_id": "VARCHAR", "stake_pct": "DECIMAL(9,6)"}') AS e
  FROM batch_event
  WHERE type IN ('stake_transferred', 'facility_stake_transferred')
),
sided AS (
  SELECT
    *,
    unnest([{'owner_id': e.from_id, 'change_pct': -e.stake_pct}, {'owner_id': e.to_id, 'change_pct': e.stake_pct}])
      AS side
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
  coalesce(e.owned_id, e.facility_id) AS owned_id, -- the firm or facility that is owned
  side.owner_id AS owner_id, -- the firm whose share changes
  side.change_pct::DECIMAL(9, 6) AS change_pct, -- percent points, negative for the seller
  CASE WHEN type = 'facility_stake_transferred' THEN 'facility' ELSE 'firm' END AS owned_kind -- firm or facility
FROM sided
WHERE side.owner_id IS NOT NULL
