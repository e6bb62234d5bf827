/* One row per firm, activity, basis and status: the capacity it holds. */
SELECT *
FROM firm_holding
WHERE (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], firm_id))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($basis::VARCHAR[]) = 0 OR list_contains($basis::VARCHAR[], basis))
  AND (len($status::VARCHAR[]) = 0 OR list_contains($status::VARCHAR[], status))
ORDER BY activity_id, firm_id, status, list_position(['operated', 'controlled', 'attributable'], basis)
