/* One row per project with a step on or before the date: its state and its details, what is owed for what is commissioned, and
   what is to be retired for the rest. The same as _project_figure.sql, which defines it from the facts. */
WITH
detail AS (
  SELECT
    project_id,
    any_value(step.products) FILTER (WHERE step.position = span.products_position) AS products,
    any_value({'amount': step.investment_amount, 'currency': step.investment_currency})
      FILTER (WHERE step.position = span.investment_position) AS investment,
    any_value({'earliest': step.effective_earliest, 'latest': step.effective_latest})
      FILTER (WHERE step.position = span.first_approved_position) AS approved,
    any_value(step.authority) FILTER (WHERE step.position = span.authority_position) AS authority,
    any_value(step.replacement) FILTER (WHERE step.position = span.approved_position) AS replacement,
    any_value({'shown': step.due, 'latest': step.due_latest})
      FILTER (WHERE step.position = span.first_due_position) AS first_due,
    any_value({'shown': step.due, 'earliest': step.due_earliest, 'latest': step.due_latest})
      FILTER (WHERE step.position = span.due_position) AS due
  FROM _current_span_at(p_as_of, p_known_at) AS span
  JOIN project_step AS step USING (project_id)
  GROUP BY project_id
),
figure AS (
  SELECT
    id AS project_id,
    CASE WHEN sum(owed_open) = 0 THEN sum(owed) END AS owed,
    CASE WHEN sum(retiring_open) = 0 THEN sum(pending_retiring) END AS retiring
  FROM capacity_step
  WHERE kind = 'project' AND effective_on <= p_as_of AND known_on <= p_known_at AND step_counts(dates)
  GROUP BY id
)
SELECT
  span.project_id,
  span.status,
  span.planned,
  span.plan_position,
  span.completed,
  span.is_completed_exact,
  span.remaining,
  span.is_pending,
  detail.products,
  detail.investment,
  detail.approved,
  detail.authority,
  detail.replacement,
  span.approved_position,
  detail.first_due,
  detail.due,
  -- A project that counts for nothing has no steps: nothing is owed for it, and nothing is to be retired.
  CASE WHEN figure.project_id IS NULL THEN 0 ELSE figure.owed END AS owed,
  CASE WHEN figure.project_id IS NULL THEN 0 ELSE figure.retiring END AS retiring
FROM _current_span_at(p_as_of, p_known_at) AS span
LEFT JOIN detail USING (project_id)
LEFT JOIN figure USING (project_id)
