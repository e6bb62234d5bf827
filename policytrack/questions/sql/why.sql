/* One row per event, or limit, that a national figure is made of: what it adds, and who says so. */
WITH
term AS (
  SELECT thing, position, sum(amount)::DECIMAL(18, 3) AS amount, reason
  FROM (
    SELECT thing, position, amount, reason
    FROM _facility_term_at(as_of(), known_at())
    WHERE $figure IN ('installed', 'idle', 'operating', 'net', 'planned_retirement')
      AND figure = $figure AND country_code = $country_code AND activity_id = $activity_id
    UNION ALL
    SELECT thing, position, amount, reason
    FROM _project_term_at(as_of(), known_at())
    WHERE $figure NOT IN ('installed', 'idle', 'operating', 'planned_retirement')
      AND figure = $figure AND country_code = $country_code AND activity_id = $activity_id
  )
  GROUP BY ALL
),
sources AS (
  SELECT position, list(title ORDER BY title) AS titles
  FROM event_source SEMI JOIN term USING (position)
  GROUP BY position
)
SELECT
  term.thing,
  term.position,
  term.amount,
  term.reason,
  event.type,
  event.effective,
  event.known_on,
  event.summary,
  event.assertion,
  sources.titles AS sources
FROM term
LEFT JOIN event ON event.position = term.position
LEFT JOIN sources ON sources.position = term.position
ORDER BY term.thing, term.position NULLS LAST
