/* One row per pair of dates, and stage of a support reached by then. */
SELECT
  pair.number AS pair,
  {
    'support_id': support_id, 'since': since, 'events': 'e' || position, 'recipient_id': recipient_id, 'instrument': instrument,
    'stage': stage, 'amount': amount, 'amount_low': amount_low, 'amount_high': amount_high, 'currency': currency, 'jurisdiction': jurisdiction
  } AS row
FROM pair, support_at(pair.as_of, pair.known_at) AS support
WHERE (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], recipient_id))
