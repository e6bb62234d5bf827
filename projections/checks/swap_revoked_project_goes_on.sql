/* The swap of a project was revoked, and the project is not cancelled. Severity: warning. One row per project without another swap. */
WITH
swap AS (
  SELECT
    project_id,
    max(revoked_on) AS revoked_on,
    string_agg(swap_id, ', ' ORDER BY swap_id) AS swap_ids,
    list(swap_id) AS swaps
  FROM _swap_terms_at(p_as_of, p_known_at)
  GROUP BY project_id
  HAVING count(*) = count(revoked_on)
),
revocation AS (
  SELECT swap_id, list(position) AS positions
  FROM swap_outcome
  WHERE outcome = 'revoked' AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY swap_id
)
SELECT
  'project:' || swap.project_id AS subject,
  concat('its swap (', swap.swap_ids, ') was revoked on ', swap.revoked_on, '; ',
         CASE state.status WHEN 'construction' THEN 'the project is under construction without another'
                           WHEN 'trial' THEN 'the project is in trial production without another'
                           ELSE coalesce('the project is ' || state.status || ' without another', 'nothing says what became of the project')
         END) AS message,
  flatten(list(revocation.positions)) AS positions
FROM (SELECT *, unnest(swaps) AS swap_id FROM swap) AS swap
JOIN revocation ON revocation.swap_id = swap.swap_id
LEFT JOIN _current_span_at(p_as_of, p_known_at) AS state ON state.project_id = swap.project_id
WHERE state.status IS NULL OR state.status NOT IN ('cancelled', 'built_not_commissioned')
GROUP BY swap.project_id, state.status, swap.swap_ids, swap.revoked_on
