/* A credit lot is drawn beyond its capacity. Severity: error. One row per swap whose draw exceeds it, with the draws
   before it. */
SELECT
  'swap:' || draw.swap_id AS subject,
  concat('draws ', spoken(draw.capacity - draw.returned), ' ', lot.unit, ' of credit lot ', lot.lot_id, ', which held ',
         spoken(lot.recognised), ': ', spoken(draw.drawn_with_it - lot.recognised), ' too much') AS message,
  list_concat([draw.position, lot.position], before.positions) AS positions
FROM _lot_draw_at(p_as_of, p_known_at) AS draw
JOIN credit_lot_at(p_as_of, p_known_at) AS lot ON lot.lot_id = draw.lot_id
JOIN (
  SELECT later.lot_id, later.swap_id, list(DISTINCT earlier.position) AS positions
  FROM _lot_draw_at(p_as_of, p_known_at) AS later
  JOIN _lot_draw_at(p_as_of, p_known_at) AS earlier
    ON earlier.lot_id = later.lot_id AND earlier.announced_moment <= later.announced_moment
  WHERE NOT earlier.is_revoked
  GROUP BY later.lot_id, later.swap_id
) AS before ON before.lot_id = draw.lot_id AND before.swap_id = draw.swap_id
WHERE draw.is_kept AND draw.drawn_with_it > lot.recognised
