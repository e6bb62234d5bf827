/* One row per FacilityMerged, and per facility that a FacilitySplit gives capacity to: which follows which. */
WITH
decoded AS (
  SELECT *, from_json(data, '{
    "effective": {"earliest": "DATE", "latest": "DATE"}, "known_on": "DATE",
    "facility_id": "VARCHAR", "into_facility_id": "VARCHAR", "parts": [{"facility_id": "VARCHAR"}]}') AS e
  FROM batch_event
  WHERE type IN ('facility_merged', 'facility_split')
),
pair AS (
  SELECT
    *,
    unnest(CASE type WHEN 'facility_merged' THEN [e.into_facility_id]
                     ELSE list_distinct(list_transform(e.parts, lambda part: part.facility_id)) END) AS successor_id
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
  e.facility_id AS predecessor_id, -- the facility that merged, or was split
  successor_id, -- the facility that has the capacity from then on
  type = 'facility_merged' AS is_merger -- whether it merged; else it was split
FROM pair
