/* One row per project with a step on or before the date: its state and its details, what is owed for what is commissioned, and
   what is to be retired for the rest. The same as _project_figure.sql, which defines it from the facts. */
WITH
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
  products.products,
  CASE WHEN investment.position IS NOT NULL
       THEN {'amount': investment.investment_amount, 'currency': investment.investment_currency} END AS investment,
  CASE WHEN first_approved.position IS NOT NULL
       THEN {'earliest': first_approved.effective_earliest, 'latest': first_approved.effective_latest} END AS approved,
  authority.authority,
  approved.replacement,
  span.approved_position,
  CASE WHEN first_due.position IS NOT NULL THEN {'shown': first_due.due, 'latest': first_due.due_latest} END AS first_due,
  CASE WHEN due.position IS NOT NULL
       THEN {'shown': due.due, 'earliest': due.due_earliest, 'latest': due.due_latest} END AS due,
  -- A project that counts for nothing has no steps: nothing is owed for it, and nothing is to be retired.
  CASE WHEN figure.project_id IS NULL THEN 0 ELSE figure.owed END AS owed,
  CASE WHEN figure.project_id IS NULL THEN 0 ELSE figure.retiring END AS retiring
FROM _current_span_at(p_as_of, p_known_at) AS span
LEFT JOIN figure USING (project_id)
LEFT JOIN project_step AS products ON products.position = span.products_position
LEFT JOIN project_step AS investment ON investment.position = span.investment_position
LEFT JOIN project_step AS first_approved ON first_approved.position = span.first_approved_position
LEFT JOIN project_step AS approved ON approved.position = span.approved_position
LEFT JOIN project_step AS authority ON authority.position = span.authority_position
LEFT JOIN project_step AS first_due ON first_due.position = span.first_due_position
LEFT JOIN project_step AS due ON due.position = span.due_position
