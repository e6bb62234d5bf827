/* A firm merged in a circle, or into several firms. Severity: error. One row per firm in a circle of mergers, which then
   counts for none of them, and per firm of which two mergers are in force. */
WITH RECURSIVE
merger AS (
  SELECT firm_id, into_firm_id, position
  FROM firm_merger
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
),
chain AS (
  SELECT firm_id, into_firm_id, [position] AS positions, [firm_id] AS firms FROM merger
  UNION ALL
  SELECT chain.firm_id, merger.into_firm_id, list_append(chain.positions, merger.position), list_append(chain.firms, merger.firm_id)
  FROM chain JOIN merger ON merger.firm_id = chain.into_firm_id
  WHERE chain.into_firm_id <> chain.firm_id AND NOT list_contains(chain.firms, merger.firm_id)
)
SELECT
  'firm:' || firm_id AS subject,
  concat('merged in a circle: ', array_to_string(firms, ' into '), ' into ', firm_id) AS message,
  positions AS positions
FROM chain
WHERE into_firm_id = firm_id
UNION ALL
SELECT
  'firm:' || firm_id,
  concat('merged into ', string_agg(DISTINCT into_firm_id, ' and into ' ORDER BY into_firm_id), '; only the last counts'),
  list(position)
FROM merger
GROUP BY firm_id
HAVING count(DISTINCT into_firm_id) > 1
