/* Swap donor undisclosed. Severity: warning. One row per swap. */
SELECT
  'swap:' || swap_id AS subject,
  concat(spoken(undisclosed), ' of ', spoken(required), ' ', unit, ' has no named donor') AS message,
  positions AS positions
FROM capacity_swap_at(p_as_of, p_known_at)
WHERE list_contains(reasons, 'donor_undisclosed') AND required IS NOT NULL
