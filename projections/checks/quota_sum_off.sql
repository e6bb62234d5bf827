/* The quotas of the holders do not add up to the national total. Severity: error. One row per notice, stage and material
   for which both are published. */
SELECT
  'country:' || jurisdiction AS subject,
  concat_ws(' ', year, batch, stage, material, 'quotas: the holders’ add up to', spoken(sum(amount) FILTER (WHERE holder_id IS NOT NULL)),
            any_value(unit) || ', the national total is', spoken(sum(amount) FILTER (WHERE holder_id IS NULL))) AS message,
  list(position) AS positions
FROM quota_at(p_as_of, p_known_at)
GROUP BY jurisdiction, activity_id, stage, material, year, batch
HAVING count(*) FILTER (WHERE holder_id IS NULL) = 1
  AND count(*) FILTER (WHERE holder_id IS NOT NULL) > 0
  AND count(amount) = count(*)
  AND sum(amount) FILTER (WHERE holder_id IS NOT NULL) <> sum(amount) FILTER (WHERE holder_id IS NULL)
