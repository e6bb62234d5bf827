/* One row per quota: what one holder may mine, separate or make by one notice. */
SELECT
  year, batch, jurisdiction, stage, material,
  CASE $perimeter WHEN 'constant' THEN group_id ELSE holder_id END AS holder_id,
  amount, is_withheld, cumulative, unit, quota_id, activity_id, document_no, position
FROM quota
WHERE (len($year::INTEGER[]) = 0 OR list_contains($year::INTEGER[], year))
  AND (len($stage::VARCHAR[]) = 0 OR list_contains($stage::VARCHAR[], stage))
  AND (len($material::VARCHAR[]) = 0 OR list_contains($material::VARCHAR[], material))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], jurisdiction))
  AND (len($firm::VARCHAR[]) = 0 OR list_has_any($firm::VARCHAR[], [holder_id, CASE $perimeter WHEN 'constant' THEN group_id END]))
ORDER BY year, batch NULLS FIRST, stage, holder_id NULLS FIRST, material
