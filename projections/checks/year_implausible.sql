/* A date lies centuries from the others, as after a typing mistake. Severity: warning. Asked at recording.
   One row per event effective before 1500 or known before 1800. */
SELECT
  'event:' || event_id AS subject,
  concat('“', summary, '” is of ', effective, ', known on ', known_on) AS message,
  [position] AS positions
FROM event
WHERE is_new(position) AND known_on <= p_known_at AND known_to > p_known_at
  AND effective_day(effective_earliest, effective_latest) <= p_as_of
  AND ((effective_latest < DATE '1500-01-01' AND effective_latest > DATE '0001-01-01') OR known_on < DATE '1800-01-01'
       OR (effective_earliest < DATE '1500-01-01' AND effective_earliest > DATE '0001-01-01'))
