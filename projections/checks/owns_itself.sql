/* A firm is named as an owner of itself. Severity: warning. One row per firm and event; own shares are not a stake, and count
   as an unknown remainder. */
SELECT
  'firm:' || owned_id AS subject,
  concat('“', event.summary, '” (', event.effective, '): own shares are not counted') AS message,
  [event.position] AS positions
FROM (
  SELECT position, owned_id, owner_id, owned_kind, known_on, known_to FROM stake_statement WHERE stake_pct > 0 OR stated_as <> 'exact'
  UNION ALL
  SELECT position, owned_id, owner_id, owned_kind, known_on, known_to FROM stake_transfer WHERE change_pct > 0
) AS side
JOIN event ON event.position = side.position
WHERE side.owned_kind = 'firm' AND side.owned_id = side.owner_id
  AND side.known_on <= p_known_at AND side.known_to > p_known_at
  AND effective_day(event.effective_earliest, event.effective_latest) <= p_as_of
