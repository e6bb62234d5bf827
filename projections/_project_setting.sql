/* One row per field of a project and event that makes it what it is. The amounts of a figure add up to it, exactly; a row
   without an event says by how much it is not the sum of its events, and why. */
WITH
step AS (
  SELECT *, moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened
  FROM project_step
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
    AND is_project_asked(project_id)
),
state AS (SELECT * FROM _project_state_at(p_as_of, p_known_at)),
setting AS (
  SELECT
    project_id,
    arg_min(position, happened) AS first_step,
    arg_max({'position': position, 'step': step}, happened)
      FILTER (WHERE step NOT IN ('rescheduled', 'rescoped')) AS last_word,
    count(*) FILTER (WHERE step = 'announced') AS announcements,
    arg_max(position, happened) FILTER (WHERE len(products) > 0) AS products,
    arg_max({'position': position, 'amount': investment_amount}, happened)
      FILTER (WHERE investment_amount IS NOT NULL) AS investment,
    arg_min(position, happened) FILTER (WHERE step = 'approved') AS approved,
    arg_max(position, happened) FILTER (WHERE authority IS NOT NULL) AS authority,
    arg_min(position, happened) FILTER (WHERE due IS NOT NULL) AS first_due,
    arg_max(position, happened) FILTER (WHERE due IS NOT NULL) AS due
  FROM step
  GROUP BY project_id
),
status AS (
  SELECT project_id, setting.last_word.position AS position, NULL AS reason
  FROM setting JOIN state USING (project_id)
  WHERE state.status IN ('suspended', 'cancelled', 'built_not_commissioned')
  UNION
  SELECT project_id, arg_min(step.position, step.happened), 'building work had ended'
  FROM step JOIN state USING (project_id)
  WHERE state.status = 'built_not_commissioned' AND step.step IN ('built', 'trial')
  GROUP BY project_id
  UNION
  SELECT project_id, setting.last_word.position, 'ends the suspension'
  FROM setting
  WHERE setting.last_word.step = 'resumed'
  UNION
  SELECT project_id, arg_min(step.position, step.happened), NULL
  FROM step JOIN state USING (project_id)
  WHERE step.step = state.status AND state.status NOT IN ('suspended', 'cancelled', 'completed')
  GROUP BY project_id
  UNION
  SELECT project_id, step.position, CASE WHEN state.status <> 'completed' THEN 'a part is commissioned' END
  FROM step JOIN state USING (project_id)
  WHERE step.step = 'completed' AND state.status NOT IN ('suspended', 'cancelled')
  UNION
  SELECT project_id, setting.first_step, 'nothing says more'
  FROM setting JOIN state USING (project_id)
  WHERE state.status = 'announced' AND setting.announcements = 0
),
completion AS (SELECT project_id, position, capacity_completed AS amount FROM step WHERE step = 'completed'),
swap AS (SELECT swap_id, project_id FROM _swap_terms_at(p_as_of, p_known_at) WHERE revoked_on IS NULL),
field AS (
  SELECT project_id, 'status' AS field, position, NULL::DECIMAL(38, 4) AS amount, reason FROM status
  UNION ALL
  SELECT project_id, unnest(['capacity_planned', 'capacity_remaining']), plan_position, planned, NULL
  FROM state
  WHERE plan_position IS NOT NULL
  UNION ALL
  SELECT project_id, 'capacity_completed', position, amount, NULL FROM completion
  UNION ALL
  SELECT project_id, 'capacity_remaining', position, -amount, NULL FROM completion
  UNION ALL
  SELECT project_id, 'capacity_remaining', NULL, remaining - (coalesce(planned, 0) - completed),
         CASE WHEN plan_position IS NULL THEN 'no plan is stated, so no more is to come'
              WHEN completed > planned THEN 'more is commissioned than was planned'
              ELSE 'the last completion says that it is final' END
  FROM state
  WHERE remaining <> coalesce(planned, 0) - completed
  UNION ALL
  SELECT project_id, 'investment_amount', setting.investment.position, setting.investment.amount, NULL
  FROM setting
  WHERE setting.investment IS NOT NULL
  UNION ALL
  SELECT project_id, unnest(['products', 'approved_latest', 'authority', 'first_due', 'due']),
         unnest([products, approved, authority, first_due, due]), NULL, NULL
  FROM setting
  UNION ALL
  SELECT DISTINCT project_id, 'slip_days', unnest([first_due, due]), NULL::DECIMAL(38, 4), NULL FROM setting
  UNION ALL
  SELECT project_id, 'replacement', approved_position, NULL, NULL FROM state
  UNION ALL
  SELECT project_id, 'swap_verdict', approved_position, NULL, 'replaces, and no swap is recorded'
  FROM state
  WHERE replacement IN ('equal', 'reduced') AND project_id NOT IN (SELECT project_id FROM swap)
  UNION ALL
  SELECT DISTINCT swap.project_id, 'swap_verdict', unnest([terms.build_position, terms.legs_position]),
         NULL::DECIMAL(38, 4), NULL
  FROM swap JOIN _swap_terms_at(p_as_of, p_known_at) AS terms USING (swap_id)
  UNION ALL
  SELECT swap.project_id, 'swap_verdict', move.position, NULL, NULL
  FROM swap JOIN capacity_move AS move USING (swap_id)
  WHERE move.type = 'capacity_retired'
    AND effective_day(move.effective_earliest, move.effective_latest) <= p_as_of
    AND move.known_on <= p_known_at AND move.known_to > p_known_at
  UNION ALL
  SELECT swap.project_id, 'swap_verdict', gone_back.position, NULL, 'gives credit back'
  FROM swap JOIN lot_return AS gone_back USING (swap_id)
  WHERE effective_day(gone_back.effective_earliest, gone_back.effective_latest) <= p_as_of
    AND gone_back.known_on <= p_known_at AND gone_back.known_to > p_known_at
)
SELECT
  project_id, -- the project
  field, -- column of `project`
  position, -- of the event; NULL where the figure is not the sum of its events
  amount, -- what the event adds, of a figure; NULL when it is not exact
  reason -- why, where that is not plain
FROM field
WHERE position IS NOT NULL OR amount IS NOT NULL
