/* One row per leg of a capacity swap: capacity of one donor that goes. */
WITH
decoded AS (
  SELECT *, from_json(data, '{
    "known_on": "DATE",
    "swap_id": "VARCHAR", "legs": [{"facility_id": "VARCHAR", "firm_id": "VARCHAR",
      "lot_id": "VARCHAR", "undisclosed": "BOOLEAN", "capacity": {"value": "DECIMAL(18,3)", "bound": "VARCHAR"},
      "retire_by": {"edtf": "VARCHAR", "earliest": "DATE", "latest": "DATE", "written": "VARCHAR"}}]}') AS e
  FROM batch_event
  WHERE type IN ('capacity_swap_announced', 'capacity_swap_amended')
),
numbered AS (
  SELECT *, unnest(e.legs) AS leg, generate_subscripts(e.legs, 1) AS leg_number
  FROM decoded
)
SELECT
  position, -- of the event
  e.known_on AS known_on, -- day it was public
  known_to, -- first day on which it was no longer in force
  e.swap_id AS swap_id, -- the swap
  leg_number, -- 1 for the first leg
  leg.facility_id AS facility_id, -- donor facility
  leg.firm_id AS firm_id, -- donor firm
  leg.lot_id AS lot_id, -- credit lot drawn
  coalesce(leg.undisclosed, FALSE) AS is_undisclosed, -- whether nobody has said which plant goes
  CASE leg.capacity.bound WHEN 'exact' THEN leg.capacity.value END AS capacity, -- NULL when not exact
  shown_date(leg.retire_by) AS retire_by, -- until when it goes, as the source wrote it
  leg.retire_by.latest AS retire_by_latest, -- last day of that
  CASE WHEN leg.retire_by IS NOT NULL THEN coalesce(leg.retire_by.earliest, DATE '0001-01-01') END AS retire_by_earliest -- first day of that
FROM numbered
