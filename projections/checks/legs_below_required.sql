/* The legs of a swap add up to less than it requires. Severity: error. One row per swap. */
SELECT
  'swap:' || swap.swap_id AS subject,
  concat('its legs add up to ', spoken(leg.capacity), ' ', swap.unit, '; ', spoken(swap.required), ' must go for ',
         spoken(swap.build_capacity), ' built') AS message,
  swap.positions AS positions
FROM capacity_swap_at(p_as_of, p_known_at) AS swap
JOIN _swap_terms_at(p_as_of, p_known_at) AS terms ON terms.swap_id = swap.swap_id
JOIN (SELECT position, sum(capacity) AS capacity FROM swap_leg GROUP BY position) AS leg ON leg.position = terms.legs_position
WHERE list_contains(swap.reasons, 'legs_below_required')
