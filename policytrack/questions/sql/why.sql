/* One row per event, or limit, that a national figure is made of: what it adds, and who says so. */
WITH
term AS (
  SELECT thing, position, sum(amount)::DECIMAL(18, 3) AS amount, reason
  FROM asked_term -- the views of the events that this figure is made of; see ask.py
  WHERE figure = $figure AND country_code = $country_code AND activity_id = $activity_id
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
