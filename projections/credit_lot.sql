/* One row per credit lot recognised by the date: its capacity, what swaps have drawn, and what remains. */
WITH
lot AS (FROM _lot_recognised_at(p_as_of, p_known_at)),
draw AS (
  SELECT lot_id, sum(capacity) AS drawn, sum(returned) AS returned, sum(unknowns) AS unknowns
  FROM _lot_draw_at(p_as_of, p_known_at)
  GROUP BY lot_id
),
moved AS (
  SELECT lot_id, from_id, to_id, capacity, moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened
  FROM lot_transfer
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
balance AS (
  SELECT lot_id, holder_id AS firm_id, capacity FROM lot WHERE holder_id IS NOT NULL
  UNION ALL SELECT lot_id, to_id, capacity FROM moved
  UNION ALL SELECT lot_id, from_id, -capacity FROM moved WHERE from_id IS NOT NULL
),
holder AS (
  SELECT lot_id, list({'firm_id': firm_id, 'capacity': capacity} ORDER BY capacity DESC, firm_id) AS holders
  FROM (SELECT lot_id, firm_id, as_capacity(sum(capacity)) AS capacity FROM balance GROUP BY lot_id, firm_id)
  WHERE capacity > 0
  GROUP BY lot_id
)
SELECT
  lot_id, -- id of the lot
  lot.facility_id AS facility_id, -- the donor
  CASE WHEN len(holder.holders) = 1 THEN holder.holders[1].firm_id END AS holder_id, -- firm that may use or sell it; NULL if several or unknown
  lot.activity_id AS activity_id, -- activity of the capacity
  as_capacity(lot.capacity) AS recognised, -- certified capacity; NULL if not exact
  as_capacity(coalesce(draw.drawn, 0)) AS drawn, -- drawn by swaps, revoked ones included
  as_capacity(coalesce(draw.returned, 0)) AS returned, -- of that, returned to the lot
  as_capacity(lot.capacity - coalesce(draw.drawn, 0) + coalesce(draw.returned, 0)) AS remaining, -- still available; below zero if overdrawn
  lot.expires_on AS expires_on, -- last day on which it may be drawn; NULL when open
  coalesce(lot.expires_on < p_as_of, FALSE) AS is_expired, -- past that day
  activity.unit AS unit, -- unit of the figures
  holder.holders AS holders, -- firms with their parts of the recognised capacity, drawn or not
  lot.retired AS retired, -- retired by the date, by retirements that name the lot
  lot.basis AS basis, -- register, filed, design, actual or self-declared
  coalesce(draw.unknowns, 0)::INTEGER AS unknown_count, -- number of inexact draws, not in the sums
  lot.position AS position -- event that recognised it
FROM lot
LEFT JOIN draw USING (lot_id)
LEFT JOIN holder USING (lot_id)
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = lot.activity_id
