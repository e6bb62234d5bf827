/* A firm takes part in ownership after it had merged into another. Severity: warning. One row per firm, and statement or
   transfer of shares in which it is owner or owned. */
WITH
merger AS (
  SELECT firm_id, into_firm_id, position, effective_day(effective_earliest, effective_latest) AS happened_on
  FROM firm_merger
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
happening AS (
  SELECT owner_id, owned_id, position, effective_earliest, effective_latest, known_on, known_to FROM stake_statement
  WHERE stake_pct > 0 OR stated_as <> 'exact'
  UNION ALL
  SELECT owner_id, owned_id, position, effective_earliest, effective_latest, known_on, known_to FROM stake_transfer
  WHERE change_pct > 0
),
party AS (
  SELECT owner_id AS firm_id, 'as owner of ' || owned_id AS part, position, effective_earliest, effective_latest, known_on, known_to FROM happening
  UNION ALL
  SELECT owned_id, 'as owned by ' || owner_id, position, effective_earliest, effective_latest, known_on, known_to FROM happening
)
SELECT
  'firm:' || merger.firm_id AS subject,
  concat('is named on ', spoken_day(effective_day(party.effective_earliest, party.effective_latest)), ' ', party.part,
         '; it merged into ', merger.into_firm_id, ' on ', spoken_day(merger.happened_on)) AS message,
  [merger.position, party.position] AS positions
FROM merger
JOIN party ON party.firm_id = merger.firm_id AND effective_day(party.effective_earliest, party.effective_latest) > merger.happened_on
WHERE effective_day(party.effective_earliest, party.effective_latest) <= p_as_of
  AND party.known_on <= p_known_at AND party.known_to > p_known_at
