/* One row per event and national figure: what the event adds to it. The rows of a figure add up to the figure, exactly.
   Where a figure cannot follow its events (idle capacity beyond what is installed, a completion beyond the plan), a row
   without an event says by how much and why. */
WITH
capacity_term AS (
  SELECT 'facility:' || facility_id AS thing, facility_id, activity_id, position, installed, idle
  FROM _capacity_term_at(p_as_of, p_known_at)
),
limited AS (
  SELECT
    shown.facility_id, shown.activity_id,
    shown.counted_installed - summed.installed AS installed, shown.counted_idle - summed.idle AS idle
  FROM _facility_figure_at(p_as_of, p_known_at) AS shown
  JOIN (
    SELECT facility_id, activity_id, coalesce(sum(installed), 0) AS installed, coalesce(sum(idle), 0) AS idle
    FROM capacity_term
    GROUP BY ALL
  ) AS summed USING (facility_id, activity_id)
),
idle_limit AS (SELECT facility_id, activity_id, idle AS amount FROM limited WHERE idle <> 0),
idle_term AS (
  SELECT thing, facility_id, activity_id, position, idle AS amount, NULL AS reason FROM capacity_term WHERE idle <> 0
  UNION ALL
  SELECT 'facility:' || facility_id, facility_id, activity_id, NULL, amount, 'idle is between 0 and what is installed'
  FROM idle_limit
),
facility_term AS (
  SELECT unnest(['installed', 'operating', 'net']) AS figure, thing, facility_id, activity_id, position,
         installed AS amount, NULL AS reason
  FROM capacity_term
  WHERE installed <> 0
  UNION ALL
  SELECT unnest(['installed', 'operating', 'net']), 'facility:' || facility_id, facility_id, activity_id, NULL,
         installed, 'not exact: counted as far as it is surely there'
  FROM limited
  WHERE installed <> 0
  UNION ALL
  SELECT 'idle', thing, facility_id, activity_id, position, amount, reason FROM idle_term
  UNION ALL
  SELECT unnest(['operating', 'net']), thing, facility_id, activity_id, position, -amount, reason FROM idle_term
),
state AS (SELECT * FROM _project_state_at(p_as_of, p_known_at)),
swap AS (
  SELECT figure.*, terms.legs_position, terms.build_position AS position
  FROM _swap_figure_at(p_as_of, p_known_at) AS figure
  JOIN _swap_terms_at(p_as_of, p_known_at) AS terms USING (swap_id)
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
  WHERE state.replacement IN ('equal', 'reduced') AND state.unknown_completions = 0
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
  figure,
  facility.country_code,
  facility.region_code,
  facility_term.activity_id,
  thing,
  position,
  as_capacity(amount) AS amount,
  reason
FROM facility_term
LEFT JOIN facility_at(p_as_of, p_known_at) AS facility USING (facility_id)
UNION ALL
SELECT
  project_term.figure,
  facility.country_code,
  facility.region_code,
  registered.activity_id,
  project_term.thing,
  project_term.position,
  as_capacity(project_term.amount),
  project_term.reason
FROM project_term
LEFT JOIN _project_registered_at(p_as_of, p_known_at) AS registered USING (project_id)
LEFT JOIN facility_at(p_as_of, p_known_at) AS facility USING (facility_id)
