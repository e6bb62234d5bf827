/* The quotas of the holders do not add up to the national total. Severity: error. One row per notice, stage and material
   for which both are published; where the total is of all material only, the holders' materials are added up. */
WITH
issued AS (
  SELECT
    *,
    bool_or(holder_id IS NULL AND material <> 'all') OVER (
      PARTITION BY jurisdiction, activity_id, stage, year, batch
    ) AS is_total_divided,
    bool_or(material = 'all') OVER (PARTITION BY jurisdiction, activity_id, stage, year, batch, holder_id) AS has_sum
  FROM quota_at(p_as_of, p_known_at)
),
compared AS (
  SELECT *, CASE WHEN is_total_divided THEN material ELSE 'all' END AS compared_as
  FROM issued
  WHERE is_total_divided OR material = 'all' OR NOT has_sum -- a holder's own sum and its parts count once
)
SELECT
  'country:' || jurisdiction AS subject,
  concat_ws(' ', year, batch, stage, compared_as, 'quotas: the holders’ add up to', spoken(sum(amount) FILTER (WHERE holder_id IS NOT NULL)),
            any_value(unit) || ', the national total is', spoken(sum(amount) FILTER (WHERE holder_id IS NULL))) AS message,
  list(position) AS positions
FROM compared
GROUP BY jurisdiction, activity_id, stage, compared_as, year, batch
HAVING count(*) FILTER (WHERE holder_id IS NULL) = 1
  AND count(*) FILTER (WHERE holder_id IS NOT NULL) > 0
  AND count(amount) = count(*)
  AND sum(amount) FILTER (WHERE holder_id IS NOT NULL) <> sum(amount) FILTER (WHERE holder_id IS NULL)
