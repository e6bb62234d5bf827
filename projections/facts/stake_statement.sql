/* One row per share stated: of one pair by StakeStated or FacilityStakeStated, or of every partner by
   JointVentureFormed, which states the whole shareholding: a venture without partners, or one that is dissolved, has one row
   of 0 % and no owner, which ends the shares before it. The owner named by FacilityTransferred has the whole facility. */
WITH
decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "venture_id": "VARCHAR", "owned_id": "VARCHAR", "facility_id": "VARCHAR",
    "owner_id": "VARCHAR", "stake_pct": "VARCHAR", "kind": "VARCHAR",
    "partners": [{"firm_id": "VARCHAR", "stake_pct": "VARCHAR"}]}') AS e
  FROM batch_event
  WHERE type IN ('stake_stated', 'facility_stake_stated', 'joint_venture_formed', 'joint_venture_dissolved', 'facility_transferred')
),
held AS (
  SELECT
    *,
    unnest(CASE WHEN type = 'facility_transferred' THEN [{'firm_id': e.owner_id, 'stake_pct': '100'}]
                WHEN type = 'joint_venture_dissolved' THEN [{'firm_id': NULL, 'stake_pct': '0'}]
                WHEN type <> 'joint_venture_formed' THEN [{'firm_id': e.owner_id, 'stake_pct': e.stake_pct}]
                WHEN len(e.partners) = 0 THEN [{'firm_id': NULL, 'stake_pct': '0'}]
                ELSE e.partners END) AS holder
  FROM decoded
  WHERE type <> 'facility_transferred' OR e.owner_id IS NOT NULL
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  coalesce(e.venture_id, e.owned_id, e.facility_id) AS owned_id, -- the firm or facility that is owned
  holder.firm_id AS owner_id, -- the firm that owns; NULL for a venture without partners
  TRY_CAST(holder.stake_pct AS DECIMAL(9, 6)) AS stake_pct, -- percent; NULL where no source states it exactly
  CASE WHEN type IN ('joint_venture_formed', 'joint_venture_dissolved', 'facility_transferred') THEN 'issued' ELSE e.kind END AS kind, -- issued, as_converted, option or planned
  type IN ('joint_venture_formed', 'joint_venture_dissolved', 'facility_transferred') AS is_whole, -- whether the event states all shares of what is owned
  CASE WHEN type IN ('facility_stake_stated', 'facility_transferred') THEN 'facility' ELSE 'firm' END AS owned_kind, -- firm or facility
  type = 'joint_venture_dissolved' AS is_dissolution, -- whether the event ends the venture
  share_form(holder.stake_pct) AS stated_as, -- exact, range, majority or unknown
  share_low(holder.stake_pct) AS stake_low, -- percent at least
  share_high(holder.stake_pct) AS stake_high, -- percent at most; NULL where no source bounds it
  holder.stake_pct AS written -- the share as stored: 51, 25-50, >= 25, about 30, majority or unknown
FROM held
