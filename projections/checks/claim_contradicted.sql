/* Contradicted by another source. Severity: warning. One row per event and contradicted field. */
SELECT
  'event:' || event_id AS subject,
  concat(CASE WHEN field IS NULL THEN 'denied' ELSE concat(field, ' is ', string_agg(DISTINCT claimed, ' or ' ORDER BY claimed)) END,
         ' by “', string_agg(DISTINCT source, '”, “' ORDER BY source), '”; recorded is: ', any_value(summary)) AS message,
  list_concat([position], list(DISTINCT claim_position ORDER BY claim_position)) AS positions
FROM (
  SELECT conflict.event_id, conflict.field, conflict.claimed, conflict.source, conflict.position, conflict.claim_position, event.summary
  FROM claim_conflict_at(p_as_of, p_known_at) AS conflict
  JOIN event ON event.position = conflict.position
)
GROUP BY event_id, field, position
