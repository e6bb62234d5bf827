/* A credit lot is drawn beyond its capacity. Severity: error. One row per swap whose draw exceeds it, with the draws
   before it. */
WITH beyond AS MATERIALIZED (
  SELECT
    draw.lot_id, draw.swap_id, draw.position, draw.announced_moment, draw.capacity - draw.returned AS drawn,
    draw.drawn_with_it - lot.recognised AS excess, lot.position AS lot_position, lot.unit, lot.recognised
  FROM _lot_draw_at(p_as_of, p_known_at) AS draw
  JOIN credit_lot_at(p_as_of, p_known_at) AS lot ON lot.lot_id = draw.lot_id
  WHERE draw.is_kept AND draw.drawn_with_it > lot.recognised
),
before AS (
  SELECT later.lot_id, later.swap_id, list(DISTINCT earlier.position) AS positions
  FROM beyond AS later
  JOIN _lot_draw_at(p_as_of, p_known_at) AS earlier
    ON earlier.lot_id = later.lot_id AND earlier.announced_moment <= later.announced_moment
  WHERE NOT earlier.is_revoked
  GROUP BY later.lot_id, later.swap_id
)
SELECT
  'swap:' || beyond.swap_id AS subject,
  concat('draws ', spoken(beyond.drawn), ' ', beyond.unit, ' of credit lot ', beyond.lot_id, ', which held ',
         spoken(beyond.recognised), ': ', spoken(beyond.excess), ' too much') AS message,
  list_concat([beyond.position, beyond.lot_position], before.positions) AS positions
FROM beyond
JOIN before ON before.lot_id = beyond.lot_id AND before.swap_id = beyond.swap_id
