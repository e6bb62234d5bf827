/* One row per event, or limit, that a national figure is made of: what it adds, and who says so. */
SELECT
  term.thing,
  term.position,
  sum(term.amount)::DECIMAL(18, 3) AS amount,
  term.reason,
  event.type,
  event.effective,
  event.known_on,
  event.summary,
  event.assertion,
  sources.titles AS sources
FROM _national_term_at(as_of(), known_at()) AS term
LEFT JOIN event ON event.position = term.position
LEFT JOIN (
  SELECT position, list(title ORDER BY title) AS titles FROM event_source GROUP BY position
) AS sources ON sources.position = term.position
WHERE term.figure = $figure AND term.country_code = $country_code AND term.activity_id = $activity_id
GROUP BY ALL
ORDER BY term.thing, term.position NULLS LAST
