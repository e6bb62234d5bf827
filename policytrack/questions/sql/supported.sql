/* One row per row of an answer, by its id, all of whose events are attested well enough. */
SELECT support.id
FROM _support_at(as_of(), known_at()) AS support
JOIN event_verification ON event_verification.position = support.position
WHERE support.kind = $row_kind::VARCHAR
GROUP BY support.id
HAVING min(event_verification.independent_source_count) >= $min_sources::INTEGER
   AND (NOT $verified::BOOLEAN OR bool_and(event_verification.is_verified))
