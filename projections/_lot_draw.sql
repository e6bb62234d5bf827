/* One row per leg by which a swap draws a credit lot: how much, and how much of the lot was drawn with it, the draws
   taken in the order in which the swaps were announced. Draws that went back whole, like those of a revoked swap, are there
   and count for nothing. */
WITH
returned AS (
  SELECT lot_id, swap_id, sum(capacity) AS capacity
  FROM lot_return
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY lot_id, swap_id
),
draw AS (
  SELECT
    terms.swap_id,
    leg.lot_id,
    terms.announced_on,
    terms.announced_moment,
    terms.legs_position AS position,
    terms.revoked_on IS NOT NULL AS is_revoked,
    sum(leg.capacity) AS capacity,
    count(*) - count(leg.capacity) AS unknowns
  FROM _swap_terms_at(p_as_of, p_known_at) AS terms
  JOIN swap_leg AS leg ON leg.position = terms.legs_position
  WHERE leg.lot_id IS NOT NULL
  GROUP BY ALL
),
kept AS (
  SELECT
    draw.*,
    -- What goes back of a draw of no exact figure is left out with it: least() passes over what is unknown.
    CASE WHEN draw.is_revoked THEN draw.capacity
         WHEN draw.capacity IS NOT NULL THEN least(coalesce(returned.capacity, 0), draw.capacity) END AS returned
  FROM draw
  LEFT JOIN returned USING (lot_id, swap_id)
)
SELECT
  *,
  capacity IS NULL AND NOT is_revoked OR capacity > returned AS is_kept,
  sum(capacity - returned) OVER (PARTITION BY lot_id ORDER BY announced_moment) AS drawn_with_it
FROM kept
