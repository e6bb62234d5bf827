/* A swap needs 100,000 t/yr or more. Severity: warning. One row per swap. */
SELECT
  'swap:' || swap_id AS subject,
  concat(required, ' ', unit, ' are to be retired') AS message,
  positions AS positions
FROM capacity_swap_at(p_as_of, p_known_at)
WHERE unit = 't/yr' AND required >= 100000
