/* One row per holder and year, its notices and materials added up: how much, and the change against the year before, where
   both years have the same batches: a first batch is not compared with a whole year. Where a figure of the whole year (FY)
   is published it stands for the notices of that year. The nation is the row without a holder. */
WITH
material AS (
  SELECT
    jurisdiction, activity_id, stage, year, material, unit, holder_id,
    CASE $perimeter WHEN 'constant' THEN group_id ELSE holder_id END AS counted_as,
    CASE WHEN bool_or(batch = 'FY') THEN CASE WHEN count(amount) FILTER (WHERE batch = 'FY') > 0 THEN sum(amount) FILTER (WHERE batch = 'FY') END
         WHEN count(amount) = count(*) THEN sum(amount) END AS amount,
    count(DISTINCT batch) FILTER (WHERE batch <> 'FY') AS notices,
    CASE WHEN bool_or(batch = 'FY') THEN ['FY'] ELSE list(DISTINCT coalesce(batch, '')) END AS batches
  FROM quota
  WHERE len($material::VARCHAR[]) = 0 OR list_contains($material::VARCHAR[], material)
  GROUP BY ALL
),
part AS (
  SELECT
    jurisdiction, activity_id, stage, year, unit, counted_as AS holder_id,
    CASE WHEN count(amount) = count(*) THEN sum(amount) END AS amount,
    (count(*) - count(amount))::INTEGER AS unknown_count,
    max(notices)::INTEGER AS notices,
    array_to_string(list_sort(list_distinct(flatten(list(batches)))), '; ') AS batches
  FROM material
  GROUP BY ALL
),
compared AS (
  SELECT
    *,
    max(amount) OVER (
      PARTITION BY jurisdiction, activity_id, stage, holder_id ORDER BY year RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING
    ) AS year_before,
    max(batches) OVER (
      PARTITION BY jurisdiction, activity_id, stage, holder_id ORDER BY year RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING
    ) AS batches_before
  FROM part
)
SELECT
  year, jurisdiction, stage, holder_id,
  as_capacity(amount) AS amount,
  as_capacity(year_before) AS year_before,
  CASE WHEN year_before > 0 AND batches = batches_before THEN round((amount - year_before) * 100 / year_before, 1)::DECIMAL(9, 1) END AS change_pct,
  unit, notices, unknown_count, activity_id
FROM compared
WHERE (len($year::INTEGER[]) = 0 OR list_contains($year::INTEGER[], year))
  AND (len($stage::VARCHAR[]) = 0 OR list_contains($stage::VARCHAR[], stage))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], jurisdiction))
  AND (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], holder_id))
ORDER BY year, jurisdiction, stage, holder_id NULLS FIRST
