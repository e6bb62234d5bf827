/* One row per event in the life of a project whose steps are to be worked out: when it counts, and from when to when it was
   known. The events of a project are in order when they became known in the order in which they happened, and nothing
   superseded any. */
WITH
given AS (
  SELECT
    row_number() OVER ()::INTEGER AS row_id,
    number,
    position,
    moment(CASE dates WHEN 'earliest' THEN effective_earliest ELSE effective_latest END, order_known_on, order_position) AS v,
    known_moment(known_on) AS k_from,
    coalesce(ended_event.k_to, endless()) AS k_to,
    enum_code(step) + 1 AS rank, -- 1 for announced to 6 for completed; 7 to 9 suspend, resume and cancel it
    CASE WHEN states_plan THEN coalesce(capacity_planned, -1) END AS planned, -- -1 when stated and not exact
    CASE WHEN states_plan THEN position END AS plan_position,
    capacity_completed AS completed,
    step = 'completed' AS is_completion,
    step = 'completed' AND capacity_completed IS NULL AS is_unknown_completion,
    is_final,
    CASE WHEN len(products) > 0 THEN position END AS products_position,
    CASE WHEN investment_amount IS NOT NULL THEN position END AS investment_position,
    CASE WHEN step = 'approved' THEN position END AS approved_position,
    CASE WHEN step = 'approved' THEN replacement IN ('equal', 'reduced') END AS replaces,
    CASE WHEN authority IS NOT NULL THEN position END AS authority_position,
    CASE WHEN due IS NOT NULL THEN position END AS due_position
  FROM project_step
  JOIN step_dates USING (project_id)
  LEFT JOIN ended_event USING (position)
  WHERE known_to > known_on
),
marked AS (
  SELECT
    *,
    k_to < endless() OR k_from < lag(k_from, 1, k_from) OVER (PARTITION BY number ORDER BY v, row_id) AS is_late
  FROM given
)
SELECT * EXCLUDE (is_late), NOT bool_or(is_late) OVER (PARTITION BY number) AS is_in_order
FROM marked
