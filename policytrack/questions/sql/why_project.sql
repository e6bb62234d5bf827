/* One row per event that speaks of a field of a project: whether it makes it what it is, and if not, why not. */
WITH
setting AS (
  SELECT position, sum(amount) AS amount, reason
  FROM asked_setting -- the views that say what makes this field; see ask.py
  WHERE project_id = $id::VARCHAR AND field = $field::VARCHAR
  GROUP BY ALL
),
swap AS (SELECT DISTINCT swap_id FROM swap_statement WHERE project_id = $id::VARCHAR),
speaking AS (
  SELECT
    position,
    CASE $field::VARCHAR
      WHEN 'status' THEN step
      WHEN 'due' THEN due
      WHEN 'first_due' THEN due
      WHEN 'slip_days' THEN due
      WHEN 'authority' THEN authority
      WHEN 'replacement' THEN replacement
      WHEN 'approved_latest' THEN CASE WHEN step = 'approved' THEN effective_latest::VARCHAR END
      WHEN 'investment_amount' THEN investment_currency || ' ' || plain_figure(investment_amount)
      WHEN 'products' THEN nullif(array_to_string(products, ', '), '')
      WHEN 'capacity_planned' THEN CASE WHEN states_plan THEN coalesce(plain_figure(capacity_planned), 'not exact') END
      WHEN 'capacity_completed' THEN CASE WHEN step = 'completed' THEN coalesce(plain_figure(capacity_completed), 'not exact') END
      WHEN 'capacity_remaining' THEN
        CASE WHEN step = 'completed' OR states_plan THEN coalesce(plain_figure(coalesce(capacity_planned, capacity_completed)), 'not exact') END
      WHEN 'swap_verdict' THEN replacement
      ELSE CASE WHEN step = 'completed' THEN plain_figure(capacity_completed) WHEN states_plan THEN plain_figure(capacity_planned) ELSE replacement END
    END AS value
  FROM project_step
  WHERE project_id = $id::VARCHAR
  UNION
  SELECT position, coalesce(plain_figure(build_capacity), 'amended') FROM swap_statement
  WHERE swap_id IN (FROM swap) AND $field::VARCHAR IN ('retiring', 'net', 'owed', 'swap_verdict')
  UNION
  SELECT position, outcome FROM swap_outcome
  WHERE swap_id IN (FROM swap) AND $field::VARCHAR IN ('retiring', 'net', 'owed', 'swap_verdict')
  UNION
  SELECT position, plain_figure(capacity) FROM capacity_move
  WHERE type = 'capacity_retired' AND swap_id IN (FROM swap)
    AND $field::VARCHAR IN ('retiring', 'net', 'owed', 'swap_verdict')
  UNION
  SELECT position, coalesce(plain_figure(capacity), 'not exact') FROM lot_return
  WHERE swap_id IN (FROM swap) AND $field::VARCHAR = 'swap_verdict'
),
said AS (
  SELECT position, list(title ORDER BY title) AS titles FROM event_source
  WHERE position IN (SELECT position FROM speaking) GROUP BY position
)
SELECT
  setting.position IS NOT NULL OR setting.amount IS NOT NULL AS counts,
  event.position,
  setting.amount,
  speaking.value,
  CASE WHEN setting.position IS NOT NULL THEN setting.reason ELSE coalesce(
    setting.reason,
    why_invisible(event.known_on, event.known_to, event.superseded_by,
                  effective_day(event.effective_earliest, event.effective_latest), as_of()),
    CASE WHEN $field::VARCHAR IN ('first_due', 'approved_latest') THEN 'not the first'
         WHEN $field::VARCHAR = 'status' THEN 'not the furthest step, nor the last word'
         WHEN speaking.value = 'revoked' THEN 'the swap no longer counts'
         WHEN $field::VARCHAR IN ('owed', 'retiring', 'net', 'swap_verdict') THEN 'adds nothing' END,
    'restated since'
  ) END AS reason,
  event.type,
  event.effective,
  event.known_on,
  event.summary,
  event.assertion,
  said.titles AS sources
FROM speaking
FULL JOIN setting ON setting.position = speaking.position
LEFT JOIN event ON event.position = coalesce(setting.position, speaking.position)
LEFT JOIN said ON said.position = event.position
WHERE speaking.value IS NOT NULL OR setting.position IS NOT NULL OR setting.amount IS NOT NULL
ORDER BY counts DESC, event.position NULLS LAST
