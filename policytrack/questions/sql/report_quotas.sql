/* One row per pair of dates, and quota at it: what one holder may mine, separate or make by one notice. */
SELECT
  pair.number AS pair,
  {
    'year': year, 'batch': batch, 'jurisdiction': jurisdiction, 'stage': stage, 'holder_id': holder_id, 'material': material,
    'amount': amount, 'is_withheld': is_withheld, 'cumulative': cumulative, 'unit': unit, 'activity_id': activity_id,
    'events': 'e' || position
  } AS row
FROM pair, quota_at(pair.as_of, pair.known_at) AS quota
WHERE (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], holder_id))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], jurisdiction))
