/* A credit lot is drawn after its last day. Severity: error. One row per swap and lot. */
SELECT
  'swap:' || swap.swap_id AS subject,
  concat('was announced on ', swap.announced_on, ' and draws credit lot ', lot.lot_id, ', which expired on ', lot.expires_on) AS message,
  list_concat(swap.positions, [lot.position]) AS positions
FROM capacity_swap_at(p_as_of, p_known_at) AS swap
JOIN _lot_draw_at(p_as_of, p_known_at) AS draw ON draw.swap_id = swap.swap_id AND draw.is_kept
JOIN credit_lot_at(p_as_of, p_known_at) AS lot ON lot.lot_id = draw.lot_id AND lot.expires_on < swap.announced_on
WHERE list_contains(swap.reasons, 'lot_expired')
