/* One row per country, activity and figure (installed, pending_gross): how much of it depends on weak evidence. An event
   adds to it the amount that it adds to the figure, without its sign: if the event were wrong, the figure would differ by
   that much. One event may be in several columns. */
WITH
term AS (
  SELECT figure, country_code, activity_id, position, amount
  FROM _national_term_at(p_as_of, p_known_at)
  WHERE figure IN ('installed', 'pending_gross')
),
attested AS (
  SELECT
    term.figure, term.country_code, term.activity_id, term.amount,
    event.assertion, attested.independent_source_count AS sources, attested.only_state_affiliated
  FROM term
  LEFT JOIN event USING (position)
  LEFT JOIN event_verification_at(p_as_of, p_known_at) AS attested USING (position)
)
SELECT
  country_code, -- ISO 3166-1 of the facilities
  activity_id, -- activity of the capacity
  any_value(activity.unit) AS unit, -- unit of the figures
  figure, -- installed or pending_gross
  as_capacity(sum(amount)) AS amount, -- the figure
  as_capacity(coalesce(sum(abs(amount)) FILTER (WHERE assertion = 'rumour'), 0)) AS on_rumour, -- of events asserted as rumour
  as_capacity(coalesce(sum(abs(amount)) FILTER (WHERE assertion = 'inferred'), 0)) AS on_inference, -- of events asserted as inferred
  as_capacity(coalesce(sum(abs(amount)) FILTER (WHERE sources = 0), 0)) AS on_no_source, -- of events without a source
  as_capacity(coalesce(sum(abs(amount)) FILTER (WHERE sources = 1), 0)) AS on_one_source, -- of events with one independent source
  as_capacity(coalesce(sum(abs(amount)) FILTER (WHERE only_state_affiliated), 0)) AS on_state_media -- of events whose sources are all state-affiliated
FROM attested
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)
GROUP BY country_code, activity_id, figure
