/* One row per event of a swap that hangs on no lot and no rule: what it states. */
WITH
given AS (
  SELECT
    swap_id, position, effective_earliest, effective_latest, order_known_on, order_position, known_on,
    is_announcement, project_id, CASE WHEN states_build THEN coalesce(build_capacity, -1) END AS build_capacity, ratio,
    FALSE AS is_revoked, NULL::DECIMAL(18, 3) AS retired, FALSE AS is_inexact
  FROM swap_statement
  WHERE known_to > known_on
  UNION ALL
  SELECT
    swap_id, position, effective_earliest, effective_latest, order_known_on, order_position, known_on,
    FALSE, NULL, NULL, NULL, TRUE, NULL, FALSE
  FROM swap_outcome
  WHERE known_to > known_on AND outcome = 'revoked'
  UNION ALL
  SELECT
    swap_id, position, effective_earliest, effective_latest, order_known_on, order_position, known_on,
    FALSE, NULL, NULL, NULL, FALSE, capacity, capacity IS NULL
  FROM capacity_move
  WHERE known_to > known_on AND type = 'capacity_retired' AND swap_id IS NOT NULL
),
dated AS (
  SELECT swap_id, unnest(CASE WHEN is_vague THEN ['latest', 'earliest'] ELSE ['both'] END) AS dates
  FROM step_swap
  WHERE NOT is_coupled
)
SELECT
  row_number() OVER ()::INTEGER AS row_id, given.* EXCLUDE (effective_earliest, effective_latest, order_known_on, known_on),
  dates,
  moment(CASE dates WHEN 'earliest' THEN effective_earliest ELSE effective_latest END, order_known_on, order_position) AS v,
  known_moment(known_on) AS k_from,
  coalesce(ended_event.k_to, endless()) AS k_to
FROM given
JOIN dated USING (swap_id)
LEFT JOIN ended_event USING (position)
