/* Whether a firm controls another depends on a share that no source states exactly. Severity: warning. One row per firm that no
   firm controls and that no event names a controller of, and owner of it that may have more than 50 %: at most its own upper end, and at
   most what the lower ends of the other owners leave. */
WITH
pair AS MATERIALIZED (SELECT * FROM _group_at(p_as_of, p_known_at) WHERE owned_kind = 'firm'),
held AS (
  SELECT owned_id, sum(low_pct) AS low_pct
  FROM pair
  GROUP BY owned_id
  HAVING bool_or(is_vague) AND NOT bool_or(is_controlled)
),
doubtful AS (
  SELECT
    pair.owner_id, pair.owned_id, pair.low_pct,
    least(coalesce(pair.high_pct, 100), 100 - (held.low_pct - pair.low_pct)) AS high_pct
  FROM pair JOIN held USING (owned_id)
  WHERE pair.is_vague
    AND NOT EXISTS (
      FROM _control_word_at(p_as_of, p_known_at) AS word
      WHERE word.controller_id = pair.owner_id AND word.controlled_id = pair.owned_id
    )
),
statement AS (
  SELECT owned_id, list(position ORDER BY position) AS positions
  FROM stake_statement
  WHERE owned_kind = 'firm' AND stated_as <> 'exact' AND stake_counts(kind)
    AND effective_day(effective_earliest, effective_latest) <= p_as_of AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY owned_id
)
SELECT
  'firm:' || doubtful.owned_id AS subject,
  concat(doubtful.owner_id, ' may control it with ', spoken(doubtful.low_pct), ' to ', spoken(doubtful.high_pct),
         ' %, and counts as if it did not; record who controls it: policytrack record control-asserted') AS message,
  statement.positions AS positions
FROM doubtful
LEFT JOIN statement USING (owned_id)
WHERE doubtful.high_pct > 50
