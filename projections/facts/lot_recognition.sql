/* One row per CreditLotRecognised. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "lot_id": "VARCHAR", "facility_id": "VARCHAR", "activity_id": "VARCHAR",
    "capacity": {"value": "DECIMAL(18,3)", "bound": "VARCHAR"}, "basis": "VARCHAR", "holder_id": "VARCHAR",
    "expires_on": {"earliest": "DATE", "latest": "DATE"}, "authority": "VARCHAR", "document_no": "VARCHAR"}') AS e
  FROM batch_event
  WHERE type = 'credit_lot_recognised'
)
SELECT
  position, -- of the event
  e.known_on AS order_known_on, -- orders the events of one day: the day it was known
  order_position, -- orders those known on one day: the ledger position
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  e.lot_id AS lot_id, -- id of the lot
  e.facility_id AS facility_id, -- the donor
  e.activity_id AS activity_id, -- activity of the capacity
  CASE e.capacity.bound WHEN 'exact' THEN e.capacity.value END AS capacity, -- in the unit of the activity; NULL when not exact
  e.basis AS basis, -- register, filed, design, actual or self-declared
  e.holder_id AS holder_id, -- firm that may use or sell it at first
  e.expires_on.latest AS expires_on, -- last day on which it may be drawn; NULL when none is stated
  e.authority AS authority, -- who recognised it
  e.document_no AS document_no -- number of the notice
FROM decoded
