/* One row per project with a step on or before the date: the furthest step, the last word, and the plan as it stands.
   The latest stated capacity, investment and due date stand, each by itself. */
WITH
step AS (
  SELECT
    *,
    moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened,
    enum_code(step) + 1 AS rank -- 1 for announced to 6 for completed; 7 to 9 stop a project and let it go on
  FROM project_step
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
    AND is_project_asked(project_id)
),
plan AS (
  SELECT
    project_id,
    arg_max_null(capacity_planned, happened) FILTER (WHERE states_plan) AS planned,
    arg_max(position, happened) FILTER (WHERE states_plan) AS plan_position,
    coalesce(sum(capacity_completed), 0) AS completed,
    count(*) FILTER (WHERE step = 'completed') AS completions,
    count(*) FILTER (WHERE step = 'completed' AND capacity_completed IS NULL) AS unknown_completions,
    bool_or(is_final) AS is_final,
    max(rank) FILTER (WHERE rank < 6) AS furthest,
    arg_max(step, happened) FILTER (WHERE rank <= 9) AS last_word,
    arg_max(products, happened) FILTER (WHERE len(products) > 0) AS products,
    arg_max({'amount': investment_amount, 'currency': investment_currency}, happened)
      FILTER (WHERE investment_amount IS NOT NULL) AS investment,
    arg_min({'earliest': effective_earliest, 'latest': effective_latest}, happened)
      FILTER (WHERE step = 'approved') AS approved,
    arg_max(authority, happened) FILTER (WHERE authority IS NOT NULL) AS authority,
    arg_max(replacement, happened) FILTER (WHERE step = 'approved') AS replacement,
    arg_max(position, happened) FILTER (WHERE step = 'approved') AS approved_position,
    arg_min({'shown': due, 'latest': due_latest}, happened) FILTER (WHERE due IS NOT NULL) AS first_due,
    arg_max({'shown': due, 'earliest': due_earliest, 'latest': due_latest}, happened)
      FILTER (WHERE due IS NOT NULL) AS due
  FROM step
  GROUP BY project_id
),
figure AS (
  SELECT
    *,
    CASE
      WHEN is_final OR (plan_position IS NULL AND completions > 0) THEN 0
      WHEN unknown_completions = 0 THEN at_least_zero(planned - completed)
    END AS remaining
  FROM plan
)
SELECT
  project_id,
  CASE
    -- Trial production tells that building work had ended, also where no event says so.
    WHEN last_word = 'cancelled' AND completions = 0 AND furthest >= 4 THEN 'built_not_commissioned'
    WHEN last_word IN ('suspended', 'cancelled') THEN last_word
    WHEN completions > 0 AND remaining = 0 THEN 'completed'
    WHEN completions > 0 THEN ['construction', 'built', 'trial'][greatest(coalesce(furthest, 0), 3) - 2]
    WHEN furthest IS NULL THEN 'announced'
    ELSE ['announced', 'approved', 'construction', 'built', 'trial'][furthest]
  END AS status,
  planned,
  plan_position,
  completed,
  unknown_completions,
  remaining,
  last_word IS DISTINCT FROM 'cancelled' AND (remaining IS NULL OR remaining > 0) AS is_pending,
  products,
  investment,
  approved,
  authority,
  replacement,
  approved_position,
  first_due,
  due
FROM figure
