/* One row per state of a project whose events are not in order: each epoch of knowledge is computed again, and equal neighbours
   are merged. */
WITH
crowded AS (FROM project_event WHERE NOT is_in_order),
epoch AS (
  SELECT number, k, lead(k, 1, endless()) OVER (PARTITION BY number ORDER BY k) AS next_k
  FROM (SELECT DISTINCT number, unnest([k_from, k_to]) AS k FROM crowded)
),
visible AS (
  SELECT crowded.*, epoch.k, epoch.next_k
  FROM crowded
  JOIN epoch ON epoch.number = crowded.number AND crowded.k_from <= epoch.k AND epoch.k < crowded.k_to
),
told_anew AS (
  SELECT
    number, row_id, k, next_k, v, lead(v, 1, never_ending()) OVER earlier AS v_to,
    last_value(planned IGNORE NULLS) OVER earlier AS planned,
    last_value(plan_position IGNORE NULLS) OVER earlier AS plan_position,
    coalesce(sum(completed) OVER earlier, 0) AS completed,
    count(*) FILTER (WHERE is_completion) OVER earlier AS completions,
    count(*) FILTER (WHERE is_unknown_completion) OVER earlier AS unknown_completions,
    bool_or(is_final) OVER earlier AS is_final,
    max(CASE WHEN rank < 6 THEN rank END) OVER earlier AS furthest,
    last_value(CASE WHEN rank <= 9 THEN rank END IGNORE NULLS) OVER earlier AS last_word,
    last_value(products_position IGNORE NULLS) OVER earlier AS products_position,
    last_value(investment_position IGNORE NULLS) OVER earlier AS investment_position,
    first_value(approved_position IGNORE NULLS) OVER earlier AS first_approved_position,
    last_value(approved_position IGNORE NULLS) OVER earlier AS approved_position,
    last_value(replaces IGNORE NULLS) OVER earlier AS replaces,
    last_value(authority_position IGNORE NULLS) OVER earlier AS authority_position,
    first_value(due_position IGNORE NULLS) OVER earlier AS first_due_position,
    last_value(due_position IGNORE NULLS) OVER earlier AS due_position
  FROM visible
  WINDOW earlier AS (PARTITION BY number, k ORDER BY v, row_id)
),
marked AS (
  SELECT
    *,
    (planned, plan_position, completed, completions, unknown_completions, is_final, furthest, last_word, products_position, investment_position, first_approved_position, approved_position, replaces, authority_position, first_due_position, due_position, v_to)
      IS DISTINCT FROM lag((planned, plan_position, completed, completions, unknown_completions, is_final, furthest, last_word, products_position, investment_position, first_approved_position, approved_position, replaces, authority_position, first_due_position, due_position, v_to)) OVER (PARTITION BY row_id ORDER BY k) AS is_new
  FROM told_anew
  WHERE v < v_to
),
island AS (
  SELECT *, sum(is_new::INTEGER) OVER (PARTITION BY row_id ORDER BY k ROWS UNBOUNDED PRECEDING) AS island FROM marked
)
SELECT
  any_value(number) AS number, any_value(v) AS v_from, any_value(v_to) AS v_to, min(k) AS k_from, max(next_k) AS k_to,
  arg_max_null(planned, k) AS planned,
  arg_max_null(plan_position, k) AS plan_position,
  arg_max_null(completed, k) AS completed,
  arg_max_null(completions, k) AS completions,
  arg_max_null(unknown_completions, k) AS unknown_completions,
  arg_max_null(is_final, k) AS is_final,
  arg_max_null(furthest, k) AS furthest,
  arg_max_null(last_word, k) AS last_word,
  arg_max_null(products_position, k) AS products_position,
  arg_max_null(investment_position, k) AS investment_position,
  arg_max_null(first_approved_position, k) AS first_approved_position,
  arg_max_null(approved_position, k) AS approved_position,
  arg_max_null(replaces, k) AS replaces,
  arg_max_null(authority_position, k) AS authority_position,
  arg_max_null(first_due_position, k) AS first_due_position,
  arg_max_null(due_position, k) AS due_position
FROM island
GROUP BY row_id, island
