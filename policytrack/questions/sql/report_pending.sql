/* One row per pair of dates, and project of the firms with remaining capacity at it. */
SELECT
  pair.number AS pair,
  {
    'due_latest': due_latest, 'project_id': project_id, 'firm_id': firm_id, 'country_code': country_code,
    'activity_id': activity_id, 'status': status, 'capacity_planned': capacity_planned,
    'capacity_remaining': capacity_remaining, 'retiring': retiring, 'net': net, 'unit': unit, 'due': due,
    'first_due': first_due, 'slip_days': slip_days, 'is_overdue': is_overdue
  } AS row
FROM pair, pending_project_at(pair.as_of, pair.known_at) AS project
WHERE list_contains($firm::VARCHAR[], firm_id)
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
