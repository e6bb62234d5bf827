/* One row per holder, year and notice, its materials added up: how much, and the change against the same notice of the year
   before. The nation is the row without a holder. Perimeter constant: with the firms that had merged into the holder by the
   as-of day counted as the holder all along. */
WITH
part AS (
  SELECT
    jurisdiction, activity_id, stage, year, batch, unit,
    CASE $perimeter WHEN 'constant' THEN group_id ELSE holder_id END AS holder_id,
    CASE WHEN count(amount) = count(*) THEN sum(amount) END AS amount,
    (count(*) - count(amount))::INTEGER AS unknown_count
  FROM quota
  WHERE len($material::VARCHAR[]) = 0 OR list_contains($material::VARCHAR[], material)
  GROUP BY ALL
),
compared AS (
  SELECT
    *,
    max(amount) OVER (
      PARTITION BY jurisdiction, activity_id, stage, batch, holder_id ORDER BY year RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING
    ) AS year_before
  FROM part
)
SELECT
  year, batch, jurisdiction, stage, holder_id,
  as_capacity(amount) AS amount,
  as_capacity(year_before) AS year_before,
  CASE WHEN year_before > 0 THEN round((amount - year_before) * 100 / year_before, 1)::DECIMAL(9, 1) END AS change_pct,
  unit, unknown_count, activity_id
FROM compared
WHERE (len($year::INTEGER[]) = 0 OR list_contains($year::INTEGER[], year))
  AND (len($stage::VARCHAR[]) = 0 OR list_contains($stage::VARCHAR[], stage))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], jurisdiction))
  AND (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], holder_id))
ORDER BY year, batch NULLS FIRST, jurisdiction, stage, holder_id NULLS FIRST
