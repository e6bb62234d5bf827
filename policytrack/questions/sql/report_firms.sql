/* One row per pair of dates, and firm, activity, status and basis at it: the capacity that the firm holds. */
SELECT
  pair.number AS pair,
  {
    'activity_id': activity_id, 'firm_name': firm_name, 'firm_id': firm_id, 'status': status, 'unit': unit, 'basis': basis,
    'capacity': capacity, 'not_exact': unknown_count
  } AS row
FROM pair, firm_holding_at(pair.as_of, pair.known_at) AS holding
WHERE (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], firm_id))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
