/* One row per state of a project: from which moment to which in the world, and in our knowledge. A project whose events
   became known in order, none superseded, has two spans an event: until the next became known, for ever; then, until the
   next happened. The sums and last words are those of _project_state.sql. */
WITH
told AS (
  SELECT
    number, v, lead(v, 1, never_ending()) OVER earlier AS v_to, k_from, lead(k_from, 1, endless()) OVER earlier AS k_to,
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
  FROM project_event
  WHERE is_in_order
  WINDOW earlier AS (PARTITION BY number ORDER BY v, row_id)
),
span AS (
  SELECT number, v AS v_from, never_ending() AS v_to, k_from, k_to, planned, plan_position, completed, completions, unknown_completions, is_final, furthest, last_word, products_position, investment_position, first_approved_position, approved_position, replaces, authority_position, first_due_position, due_position
  FROM told
  WHERE k_from < k_to
  UNION ALL
  SELECT number, v, v_to, k_to, endless(), planned, plan_position, completed, completions, unknown_completions, is_final, furthest, last_word, products_position, investment_position, first_approved_position, approved_position, replaces, authority_position, first_due_position, due_position
  FROM told
  WHERE k_to < endless() AND v < v_to
  UNION ALL
  FROM crowded_state
),
figure AS (
  SELECT
    * REPLACE (nullif(planned, -1) AS planned),
    CASE
      WHEN is_final OR (plan_position IS NULL AND completions > 0) THEN 0
      WHEN unknown_completions = 0 THEN at_least_zero(nullif(planned, -1) - completed)
    END AS remaining
  FROM span
)
SELECT
  number, v_from, v_to, k_from, k_to,
  CASE
    WHEN last_word = 9 AND completions = 0 AND furthest >= 4 THEN 'built_not_commissioned'
    WHEN last_word IN (7, 9) THEN ['suspended', 'resumed', 'cancelled'][last_word - 6]
    WHEN completions > 0 AND remaining = 0 THEN 'completed'
    WHEN completions > 0 THEN ['construction', 'built', 'trial'][greatest(coalesce(furthest, 0), 3) - 2]
    WHEN furthest IS NULL THEN 'announced'
    ELSE ['announced', 'approved', 'construction', 'built', 'trial'][furthest]
  END AS status,
  planned, plan_position, completed, unknown_completions = 0 AS is_completed_exact, remaining,
  last_word IS DISTINCT FROM 9 AND (remaining IS NULL OR remaining > 0) AS is_pending,
  products_position, investment_position, first_approved_position, approved_position, coalesce(replaces, FALSE) AS replaces,
  authority_position, first_due_position, due_position
FROM figure
