/* One row per event and figure of a project that its swaps make: what the event adds to what is to be retired, to the net
   figure, or to what is owed. The rows of a figure add up to it, exactly, as in _project_setting.sql. */
SELECT
  coalesce(swap.project_id, substr(term.thing, 9)) AS project_id,
  CASE term.figure WHEN 'pending_retiring' THEN 'retiring' WHEN 'pending_net' THEN 'net' ELSE 'owed' END AS field,
  term.position,
  term.amount,
  term.reason
FROM _project_term_at(p_as_of, p_known_at) AS term
LEFT JOIN _swap_terms_at(p_as_of, p_known_at) AS swap ON swap.revoked_on IS NULL AND term.thing = 'swap:' || swap.swap_id
WHERE term.figure IN ('pending_retiring', 'pending_net', 'owed_retirement')
  AND (term.position IS NOT NULL OR term.amount IS NOT NULL)
