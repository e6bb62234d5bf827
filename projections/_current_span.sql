/* One row per project with a step on or before the date: its state, from project_span. The same as _project_state.sql, which
   defines it from the facts, with the positions of the events that state the details in place of the details. */
SELECT
  project_id, status, planned, plan_position, completed, is_completed_exact, remaining, is_pending, products_position,
  investment_position, first_approved_position, approved_position, authority_position, first_due_position, due_position
FROM project_span
WHERE effective_from <= p_as_of
  AND effective_to > least(p_as_of, DATE '9999-12-30') -- the end of what never ends is the last day there is
  AND known_from <= p_known_at AND known_to > p_known_at
  AND step_counts(dates)
  AND is_project_asked(project_id)
