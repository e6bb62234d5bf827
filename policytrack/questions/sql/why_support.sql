/* One row per event that speaks of a figure of support: whether it counts, its amount, and if not, why not. */
WITH
chosen AS (
  SELECT *
  FROM _support_stage_at(as_of(), known_at())
  WHERE (len($support::VARCHAR[]) = 0 OR list_contains($support::VARCHAR[], support_id))
    AND (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], recipient_id))
    AND (len($project::VARCHAR[]) = 0 OR list_contains($project::VARCHAR[], project_id))
    AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
    AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
    AND (len($instrument::VARCHAR[]) = 0 OR list_contains($instrument::VARCHAR[], instrument))
    AND (len($jurisdiction::VARCHAR[]) = 0 OR list_contains($jurisdiction::VARCHAR[], jurisdiction))
),
rate AS (SELECT currency, rate, since, position FROM exchange_rate WHERE in_currency = $currency::VARCHAR),
term AS (
  SELECT
    term.position,
    CASE WHEN $stated::BOOLEAN OR term.currency = $currency::VARCHAR THEN term.amount
         ELSE round(term.amount * rate.rate, 4)::DECIMAL(24, 4) END AS amount,
    CASE WHEN $stated::BOOLEAN OR term.currency = $currency::VARCHAR THEN NULL
         WHEN rate.rate IS NULL THEN 'no rate is stated for its day'
         ELSE concat('at ', plain_figure(rate.rate), ' of e', rate.position) END AS reason
  FROM _support_term_at(as_of(), known_at()) AS term
  ASOF LEFT JOIN rate ON rate.currency = term.currency AND rate.since <= term.since
  WHERE term.figure = $figure::VARCHAR AND term.position IN (SELECT position FROM chosen)
    AND (NOT $stated::BOOLEAN OR term.currency IS NOT DISTINCT FROM $currency::VARCHAR OR term.currency IS NULL)
),
said AS (
  SELECT position, list(title ORDER BY title) AS titles FROM event_source
  WHERE position IN (SELECT position FROM support_award) GROUP BY position
)
SELECT
  term.position IS NOT NULL AS counts,
  'support:' || award.support_id AS thing,
  event.position,
  term.amount,
  CASE WHEN term.amount IS NULL THEN coalesce(award.amount_written, award.currency || ' ' || plain_figure(award.amount),
    award.currency || ' ' || spoken_span(award.amount_low, award.amount_high), 'not stated') END AS value,
  coalesce(term.reason, CASE WHEN term.position IS NULL THEN coalesce(
    why_invisible(event.known_on, event.known_to, event.superseded_by,
                  effective_day(event.effective_earliest, event.effective_latest), as_of()),
    CASE WHEN NOT chosen.counts THEN 'restated since' ELSE 'in another currency' END) END) AS reason,
  event.type,
  event.effective,
  event.known_on,
  event.summary,
  event.assertion,
  said.titles AS sources
FROM support_award AS award
JOIN event ON event.position = award.position
LEFT JOIN chosen ON chosen.position = award.position
LEFT JOIN term ON term.position = award.position
LEFT JOIN said ON said.position = award.position
WHERE award.support_id IN (SELECT support_id FROM chosen)
  AND (award.stage = $figure::VARCHAR OR ($figure::VARCHAR = 'outstanding' AND award.stage IN ('awarded', 'disbursed')))
ORDER BY thing, counts DESC, event.position
