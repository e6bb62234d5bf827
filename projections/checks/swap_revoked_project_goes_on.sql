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
  'project:' || state.project_id AS subject,
  concat('its swap (', swap.swap_ids, ') was revoked on ', swap.revoked_on, ' and it is ',
         CASE state.status WHEN 'construction' THEN 'under construction' WHEN 'trial' THEN 'in trial production' ELSE state.status END, ' without another') AS message,
  flatten(list(revocation.positions)) AS positions
FROM swap
JOIN _project_state_at(p_as_of, p_known_at) AS state ON state.project_id = swap.project_id AND state.status <> 'cancelled'
JOIN revocation ON list_contains(swap.swaps, revocation.swap_id)
GROUP BY state.project_id, state.status, swap.swap_ids, swap.revoked_on
