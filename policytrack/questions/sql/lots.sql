/* One row per credit lot: what it held, what is drawn, what is left, and whose it is. */
SELECT *
FROM credit_lot
WHERE (len($lot::VARCHAR[]) = 0 OR list_contains($lot::VARCHAR[], lot_id))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($facility::VARCHAR[]) = 0 OR list_contains($facility::VARCHAR[], facility_id))
  AND (len($firm::VARCHAR[]) = 0 OR list_has_any($firm::VARCHAR[], list_transform(holders, lambda holder: holder.firm_id)))
  AND (NOT $open::BOOLEAN OR (NOT is_expired AND remaining > 0))
ORDER BY activity_id, lot_id
