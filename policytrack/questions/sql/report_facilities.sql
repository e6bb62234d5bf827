/* One row per pair of dates, and facility and activity that the firms operate at it. */
SELECT
  pair.number AS pair,
  {
    'country_code': country_code, 'region_code': region_code, 'facility_id': facility_id, 'activity_id': activity_id,
    'operator_id': operator_id, 'installed': installed, 'idle': idle, 'operating': operating, 'unit': unit
  } AS row
FROM pair, facility_capacity_at(pair.as_of, pair.known_at) AS facility
WHERE list_contains($firm::VARCHAR[], operator_id)
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
