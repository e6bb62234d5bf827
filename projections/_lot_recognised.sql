/* One row per credit lot that was recognised by the date: its last recognition, and what of the donor is gone by
   retirements that name the lot. */
WITH
lot AS (
  SELECT lot_id, arg_max(lot, moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)) AS lot
  FROM (
    SELECT lot_recognition AS lot, lot_id, effective_earliest, effective_latest, order_known_on, order_position
    FROM lot_recognition
    WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
      AND known_on <= p_known_at AND known_to > p_known_at
  )
  GROUP BY lot_id
),
retirement AS (
  SELECT lot_id, sum(capacity) AS retired
  FROM capacity_move
  WHERE type = 'capacity_retired' AND lot_id IS NOT NULL
    AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY lot_id
)
SELECT
  lot_id,
  lot.facility_id AS facility_id,
  lot.holder_id AS holder_id,
  lot.activity_id AS activity_id,
  lot.capacity AS capacity,
  lot.expires_on AS expires_on,
  lot.basis AS basis,
  lot.position AS position,
  as_capacity(coalesce(retirement.retired, 0)) AS retired
FROM lot
LEFT JOIN retirement USING (lot_id)
