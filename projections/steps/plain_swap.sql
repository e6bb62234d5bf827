/* One row per state of a swap that hangs on no lot and no rule; spans as in project_state.sql. */
WITH
in_order AS (
  SELECT swap_id, dates
  FROM (
    SELECT
      swap_id, dates, k_to,
      k_from < coalesce(lag(k_from) OVER (PARTITION BY swap_id, dates ORDER BY v, row_id), k_from) AS is_late
    FROM swap_event
  )
  GROUP BY swap_id, dates
  HAVING bool_and(k_to = endless() AND NOT is_late)
),
told AS (
  SELECT
    swap_id, dates, v, lead(v, 1, never_ending()) OVER earlier AS v_to,
    k_from, lead(k_from, 1, endless()) OVER earlier AS k_to,
    bool_or(is_announcement) OVER earlier AS is_announced,
    last_value(project_id IGNORE NULLS) OVER earlier AS project_id,
    last_value(build_capacity IGNORE NULLS) OVER earlier AS build_capacity,
    last_value(ratio IGNORE NULLS) OVER earlier AS ratio,
    bool_or(is_revoked) OVER earlier AS is_revoked,
    coalesce(sum(retired) OVER earlier, 0)::DECIMAL(38, 3) AS retired,
    bool_or(is_inexact) OVER earlier AS is_inexact
  FROM swap_event SEMI JOIN in_order USING (swap_id, dates)
  WINDOW earlier AS (PARTITION BY swap_id, dates ORDER BY v, row_id)
),
crowded AS (FROM swap_event ANTI JOIN in_order USING (swap_id, dates)),
epoch AS (
  SELECT swap_id, dates, k, lead(k, 1, endless()) OVER (PARTITION BY swap_id, dates ORDER BY k) AS next_k
  FROM (SELECT DISTINCT swap_id, dates, unnest([k_from, k_to]) AS k FROM crowded)
),
visible AS (
  SELECT crowded.*, epoch.k, epoch.next_k
  FROM crowded
  JOIN epoch USING (swap_id, dates)
  WHERE crowded.k_from <= epoch.k AND epoch.k < crowded.k_to
),
told_anew AS (
  SELECT
    swap_id, dates, row_id, k, next_k, v, lead(v, 1, never_ending()) OVER earlier AS v_to,
    bool_or(is_announcement) OVER earlier AS is_announced,
    last_value(project_id IGNORE NULLS) OVER earlier AS project_id,
    last_value(build_capacity IGNORE NULLS) OVER earlier AS build_capacity,
    last_value(ratio IGNORE NULLS) OVER earlier AS ratio,
    bool_or(is_revoked) OVER earlier AS is_revoked,
    coalesce(sum(retired) OVER earlier, 0)::DECIMAL(38, 3) AS retired,
    bool_or(is_inexact) OVER earlier AS is_inexact
  FROM visible
  WINDOW earlier AS (PARTITION BY swap_id, dates, k ORDER BY v, row_id)
),
span AS (
  SELECT swap_id, dates, v AS v_from, never_ending() AS v_to, k_from, k_to, is_announced, project_id, build_capacity, ratio, is_revoked, retired, is_inexact
  FROM told
  WHERE k_from < k_to
  UNION ALL
  SELECT swap_id, dates, v, v_to, k_to, endless(), is_announced, project_id, build_capacity, ratio, is_revoked, retired, is_inexact
  FROM told
  WHERE k_to < endless() AND v < v_to
  UNION ALL
  SELECT swap_id, dates, v, v_to, k, next_k, is_announced, project_id, build_capacity, ratio, is_revoked, retired, is_inexact
  FROM told_anew
  WHERE v < v_to
)
SELECT
  swap_id, dates, v_from, v_to, k_from, k_to, project_id, ratio,
  as_capacity(nullif(build_capacity, -1) * ratio) AS required, retired, NOT is_inexact AS is_paid_exact
FROM span
WHERE is_announced AND NOT is_revoked
