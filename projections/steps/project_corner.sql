/* One row per change of a project's figures: remaining capacity, old capacity to retire for it, and capacity owed; see
   _project_figure.sql and _capacity_account.sql. The spans of a project with swaps are cut at those of its swaps. */
WITH
swap AS MATERIALIZED (
  SELECT dates.number, swap.*
  FROM (FROM plain_swap UNION ALL FROM coupled_swap) AS swap
  JOIN step_dates AS dates ON dates.project_id = swap.project_id AND (swap.dates = 'both' OR dates.dates = swap.dates)
),
swapping AS (SELECT DISTINCT number FROM swap),
state AS MATERIALIZED (FROM project_state SEMI JOIN swapping USING (number)),
happened AS (
  SELECT number, v, lead(v, 1, never_ending()) OVER (PARTITION BY number ORDER BY v) AS v_to
  FROM (
    SELECT number, unnest([v_from, v_to]) AS v FROM swap UNION SELECT number, unnest([v_from, v_to]) FROM state
  )
),
known AS (
  SELECT number, k, lead(k, 1, endless()) OVER (PARTITION BY number ORDER BY k) AS k_to
  FROM (
    SELECT number, unnest([k_from, k_to]) AS k FROM swap UNION SELECT number, unnest([k_from, k_to]) FROM state
  )
),
cell AS (
  SELECT
    state.number, happened.v, happened.v_to, known.k, known.k_to, state.is_pending, state.remaining, state.completed,
    state.is_completed_exact, state.replaces
  FROM state
  JOIN happened ON happened.number = state.number AND happened.v >= state.v_from AND happened.v < state.v_to
  JOIN known ON known.number = state.number AND known.k >= state.k_from AND known.k < state.k_to
),
reckoned AS (
  SELECT
    cell.number, cell.v, cell.v_to, cell.k, cell.k_to,
    any_value(cell.is_pending) AS is_pending, any_value(cell.remaining) AS remaining,
    any_value(cell.completed) AS completed,
    any_value(cell.is_completed_exact) AS is_completed_exact, any_value(cell.replaces) AS replaces,
    count(swap.number) AS swaps,
    count(*) FILTER (
      WHERE swap.number IS NOT NULL AND (required IS NULL OR NOT is_paid_exact OR NOT cell.is_completed_exact)
    ) AS unknown_swaps,
    sum(at_least_zero(required - retired)) AS still_to_go,
    sum(as_capacity(at_least_zero(cell.completed * ratio - retired))) AS owed
  FROM cell
  LEFT JOIN swap ON swap.number = cell.number
    AND swap.v_from <= cell.v AND cell.v < swap.v_to AND swap.k_from <= cell.k AND cell.k < swap.k_to
  GROUP BY cell.number, cell.v, cell.v_to, cell.k, cell.k_to
  UNION ALL
  SELECT number, v_from, v_to, k_from, k_to, is_pending, remaining, completed, is_completed_exact, replaces, 0, 0, NULL, NULL
  FROM project_state ANTI JOIN swapping USING (number)
),
figure AS (
  SELECT
    *,
    CASE WHEN unknown_swaps > 0 THEN NULL WHEN swaps > 0 THEN owed
         WHEN replaces THEN CASE WHEN is_completed_exact THEN completed END ELSE 0 END AS is_owed,
    CASE
      WHEN NOT is_pending THEN 0
      WHEN unknown_swaps > 0 THEN NULL
      WHEN swaps > 0 THEN at_least_zero(still_to_go - owed)
      WHEN replaces THEN remaining
      ELSE 0
    END AS retiring
  FROM reckoned
),
amount AS (
  SELECT
    number, v, v_to, k, k_to,
    1::TINYINT AS accounts,
    CASE WHEN is_pending THEN coalesce(remaining, 0) ELSE 0 END AS pending_gross,
    coalesce(retiring, 0) AS pending_retiring,
    coalesce(is_owed, 0) AS owed,
    is_pending::TINYINT AS projects,
    (is_owed IS NULL OR retiring IS NULL OR (is_pending AND remaining IS NULL))::TINYINT AS unknowns,
    (is_owed IS NULL)::TINYINT AS owed_open,
    (retiring IS NULL)::TINYINT AS retiring_open
  FROM figure
  WHERE is_pending OR is_owed IS DISTINCT FROM 0
),
corner AS (
  SELECT number, v, k, accounts, pending_gross, pending_retiring, owed, projects, unknowns, owed_open, retiring_open FROM amount
  UNION ALL SELECT number, v_to, k, -accounts, -pending_gross, -pending_retiring, -owed, -projects, -unknowns, -owed_open, -retiring_open FROM amount WHERE v_to < never_ending()
  UNION ALL SELECT number, v, k_to, -accounts, -pending_gross, -pending_retiring, -owed, -projects, -unknowns, -owed_open, -retiring_open FROM amount WHERE k_to < endless()
  UNION ALL SELECT number, v_to, k_to, accounts, pending_gross, pending_retiring, owed, projects, unknowns, owed_open, retiring_open FROM amount WHERE v_to < never_ending() AND k_to < endless()
)
SELECT
  number, v, k,
  sum(accounts)::TINYINT AS accounts,
  sum(pending_gross)::DECIMAL(18, 3) AS pending_gross,
  sum(pending_retiring)::DECIMAL(18, 3) AS pending_retiring,
  sum(owed)::DECIMAL(18, 3) AS owed,
  sum(projects)::TINYINT AS projects,
  sum(unknowns)::TINYINT AS unknowns,
  sum(owed_open)::TINYINT AS owed_open,
  sum(retiring_open)::TINYINT AS retiring_open
FROM corner
GROUP BY number, v, k
HAVING sum(accounts) <> 0 OR sum(pending_gross) <> 0 OR sum(pending_retiring) <> 0 OR sum(owed) <> 0 OR sum(projects) <> 0 OR sum(unknowns) <> 0 OR sum(owed_open) <> 0 OR sum(retiring_open) <> 0
