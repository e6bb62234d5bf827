/* One row per thing of which this source said something that became known only after the day, other than a correction:
   the first event that does. */
WITH later AS (
  SELECT unnest(event.subjects) AS subject, event.type, event.position, event.known_on
  FROM event
  WHERE event.known_on > known_at() AND event.known_to > event.known_on
    AND event.supersedes_id IS NULL AND event.type NOT IN ('event_retracted', 'claim_recorded')
    AND event.position IN (SELECT position FROM event_source WHERE coalesce(publisher, title) = $who)
)
SELECT subject, min(position) AS position, arg_min(known_on, position) AS known_on
FROM later
WHERE NOT subject LIKE 'activity:%'
  -- A firm is the same in many tables; only what it owns is compared.
  AND (NOT subject LIKE 'firm:%' OR type IN ('stake_stated', 'joint_venture_formed'))
GROUP BY subject
