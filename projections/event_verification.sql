/* One row per event known at the date and effective by then: how well it is attested. It counts the event's sources and
   those of claims about it. Support for an event does not count for its later correction. */
WITH
support AS (
  SELECT DISTINCT event.position, claim.position AS claim_position, claim.stance
  FROM claim JOIN event ON event.event_id = claim.target_id
  WHERE claim.stance IN ('corroborates', 'verifies')
    AND claim.known_on <= p_known_at AND claim.known_to > p_known_at
),
attested AS (
  SELECT position, 'states' AS stance, position AS said_at, publisher, title, is_state_affiliated FROM event_source
  UNION ALL
  SELECT support.position, support.stance, support.claim_position, publisher, title, is_state_affiliated
  FROM support JOIN event_source ON event_source.position = support.claim_position
),
counted AS (
  SELECT
    position,
    count(DISTINCT lower(trim(nfc_normalize(publisher)))) AS publishers,
    count(DISTINCT said_at) FILTER (WHERE stance = 'corroborates') AS corroborations,
    count(DISTINCT said_at) FILTER (WHERE stance = 'verifies') AS verifications,
    list_sort(list_distinct(list(coalesce(publisher, title)) FILTER (WHERE stance = 'verifies'))) AS verified_by,
    count(*) FILTER (WHERE is_state_affiliated) AS state_affiliated,
    bool_and(is_state_affiliated) AS only_state_affiliated
  FROM attested
  GROUP BY position
),
conflict AS (
  SELECT position, count(DISTINCT claim_position) AS contradictions
  FROM claim_conflict_at(p_as_of, p_known_at)
  GROUP BY position
)
SELECT
  event.position AS position, -- ledger position
  event.event_id AS event_id, -- id of the event
  event.source_count AS source_count, -- number of sources that the event names itself
  CASE WHEN counted.position IS NULL THEN 0 ELSE greatest(counted.publishers, 1) END::INTEGER AS independent_source_count, -- number of publishers; sources without one add none, but count as at least 1
  coalesce(counted.corroborations, 0)::INTEGER AS corroborations, -- number of claims that corroborate it
  coalesce(conflict.contradictions, 0)::INTEGER AS contradictions, -- number of claims that contradict its current version
  conflict.position IS NOT NULL AS is_contradicted, -- whether a claim contradicts it
  coalesce(counted.verifications, 0) > 0 AS is_verified, -- whether a source has verified it
  coalesce(counted.verified_by, []) AS verified_by, -- publishers of the verifying sources, or their titles
  coalesce(counted.state_affiliated, 0)::INTEGER AS state_affiliated_count, -- number of state-affiliated sources, of the event and its support
  coalesce(counted.only_state_affiliated, FALSE) AS only_state_affiliated -- whether it has sources and all are state-affiliated
FROM event
LEFT JOIN counted ON counted.position = event.position
LEFT JOIN conflict ON conflict.position = event.position
WHERE event.known_on <= p_known_at
  AND effective_day(event.effective_earliest, event.effective_latest) <= p_as_of
