/* Events name no source. Severity: warning. One row per type of event, with those in force that name none and that no
   claim with a source supports. */
SELECT
  'type:' || event.type AS subject,
  concat(count(*), ' ', event.type, CASE count(*) WHEN 1 THEN ' event names' ELSE ' events name' END,
         ' no source, the first e', min(event.position), '; add one with `claim` or `correct`') AS message,
  list(event.position ORDER BY event.position) AS positions
FROM event
LEFT JOIN event_verification_at(p_as_of, p_known_at) AS attested USING (position)
WHERE event.source_count = 0 AND coalesce(attested.independent_source_count, 0) = 0
  AND event.type NOT LIKE '%_registered' AND event.type NOT IN ('event_retracted', 'claim_recorded')
  AND event.known_on <= p_known_at AND event.known_to > p_known_at
  AND effective_day(event.effective_earliest, event.effective_latest) <= p_as_of
GROUP BY event.type
