/* One row per event and national figure of projects and swaps: what the event adds to it. The rows of a figure add up to its
   part of the projects, exactly. Where a figure cannot follow its events (a completion beyond the plan, more gone than due),
   a row without an event says by how much and why. */
WITH
state AS (
  SELECT span.*, approved.replacement
  FROM _current_span_at(p_as_of, p_known_at) AS span
  LEFT JOIN project_step AS approved ON approved.position = span.approved_position
),
swap AS (
  SELECT figure.*, figure.build_position AS position
  FROM _swap_figure_at(p_as_of, p_known_at) AS figure
  WHERE NOT figure.is_revoked AND figure.required IS NOT NULL
    AND figure.project_id IN (SELECT project_id FROM state) -- a project of which nothing is known yet owes nothing
),
unknown_swap AS (
  SELECT DISTINCT project_id FROM _swap_figure_at(p_as_of, p_known_at)
  WHERE NOT is_revoked AND (required IS NULL OR owed IS NULL)
),
move AS (
  SELECT position, project_id, swap_id, type, capacity
  FROM capacity_move
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
    AND capacity IS NOT NULL AND capacity <> 0
),
-- Credit that went with its lot, and that no retirement of the swap speaks of.
credit AS (
  SELECT swap.project_id, swap.swap_id, swap.legs_position AS position, swap.retired - coalesce(named.retired, 0) AS amount
  FROM swap
  LEFT JOIN (SELECT swap_id, sum(capacity) AS retired FROM move WHERE type = 'capacity_retired' GROUP BY swap_id) AS named
    USING (swap_id)
  WHERE swap.retired <> coalesce(named.retired, 0)
),
owed_event AS (
  SELECT swap.project_id, swap.swap_id, move.position, as_capacity(move.capacity * swap.ratio) AS amount, NULL AS reason
  FROM swap JOIN move ON move.project_id = swap.project_id AND move.type = 'project_completed'
  UNION ALL
  SELECT swap.project_id, swap.swap_id, move.position, -move.capacity, NULL
  FROM swap JOIN move ON move.swap_id = swap.swap_id AND move.type = 'capacity_retired'
  UNION ALL
  SELECT project_id, swap_id, position, -amount, 'credit of a lot that is gone' FROM credit
),
owed_term AS (
  SELECT project_id, 'swap:' || swap_id AS thing, position, amount, reason FROM owed_event
  UNION ALL
  SELECT swap.project_id, 'swap:' || swap.swap_id, NULL, swap.owed - coalesce(summed.amount, 0),
         CASE WHEN state.completed * swap.ratio < swap.retired THEN 'more is gone than is due yet'
              ELSE 'each completion is rounded by itself' END
  FROM swap JOIN state USING (project_id)
  LEFT JOIN (SELECT swap_id, sum(amount) AS amount FROM owed_event GROUP BY swap_id) AS summed USING (swap_id)
  WHERE swap.owed <> coalesce(summed.amount, 0)
  UNION ALL
  SELECT state.project_id, 'project:' || state.project_id, move.position, move.capacity, 'replaces, and no swap is recorded'
  FROM state JOIN move ON move.project_id = state.project_id AND move.type = 'project_completed'
  WHERE state.replacement IN ('equal', 'reduced') AND state.is_completed_exact
    AND state.project_id NOT IN (SELECT project_id FROM swap UNION SELECT project_id FROM unknown_swap)
),
gross_term AS (
  SELECT project_id, plan_position AS position, planned AS amount, NULL AS reason
  FROM state
  WHERE is_pending AND remaining IS NOT NULL
  UNION ALL
  SELECT state.project_id, move.position, -move.capacity, NULL
  FROM state JOIN move ON move.project_id = state.project_id AND move.type = 'project_completed'
  WHERE state.is_pending AND state.remaining IS NOT NULL
),
retiring_term AS (
  SELECT swap.project_id, 'swap:' || swap.swap_id AS thing, swap.position, swap.required AS amount, NULL AS reason
  FROM swap JOIN state USING (project_id)
  WHERE state.is_pending
  UNION ALL
  SELECT swap.project_id, 'swap:' || swap.swap_id, move.position, -move.capacity, NULL
  FROM swap JOIN state USING (project_id)
  JOIN move ON move.swap_id = swap.swap_id AND move.type = 'capacity_retired'
  WHERE state.is_pending
  UNION ALL
  SELECT project_id, 'swap:' || swap_id, position, -amount, 'credit of a lot that is gone'
  FROM credit JOIN state USING (project_id)
  WHERE state.is_pending
  UNION ALL
  SELECT project_id, CASE count(*) WHEN 1 THEN 'swap:' || any_value(swap_id) ELSE 'project:' || project_id END, NULL,
         at_least_zero(sum(at_least_zero(required - retired)) - sum(owed)) - sum(required - retired) AS excess,
         'owed already for what is commissioned, or gone beyond what is required'
  FROM swap JOIN state USING (project_id)
  WHERE state.is_pending
  GROUP BY project_id
  HAVING excess <> 0
  UNION ALL
  SELECT state.project_id, 'project:' || state.project_id, state.approved_position, state.remaining,
         'replaces, and no swap is recorded'
  FROM state
  WHERE state.is_pending AND state.replacement IN ('equal', 'reduced') AND state.remaining IS NOT NULL
    AND state.project_id NOT IN (SELECT project_id FROM swap UNION SELECT project_id FROM unknown_swap)
),
-- What a project is not counted with stays out: one swap of unknown ratio makes all its swaps unknown.
project_term AS (
  SELECT unnest(['pending_gross', 'pending_net']) AS figure, project_id, 'project:' || project_id AS thing, position, amount, reason
  FROM gross_term
  UNION ALL
  SELECT 'pending_retiring', project_id, thing, position, amount, reason
  FROM retiring_term WHERE project_id NOT IN (FROM unknown_swap)
  UNION ALL
  SELECT 'pending_net', project_id, thing, position, -amount, reason
  FROM retiring_term WHERE project_id NOT IN (FROM unknown_swap)
  UNION ALL
  SELECT 'owed_retirement', project_id, thing, position, amount, reason
  FROM owed_term WHERE project_id NOT IN (FROM unknown_swap)
  UNION ALL
  SELECT 'net', project_id, thing, position, -amount, reason
  FROM owed_term WHERE project_id NOT IN (FROM unknown_swap)
)
SELECT
  project_term.figure,
  facility.country_code,
  facility.region_code,
  registered.activity_id,
  project_term.thing,
  project_term.position,
  as_capacity(project_term.amount) AS amount,
  project_term.reason
FROM project_term
LEFT JOIN _project_registered_at(p_as_of, p_known_at) AS registered USING (project_id)
LEFT JOIN _facility_registered_at(p_as_of, p_known_at) AS facility USING (facility_id)
