/* The batches of a year do not add up to the year's figure. Severity: error. One row per holder, stage and material for
   which both are published; the nation is a holder without a name. */
SELECT
  coalesce('firm:' || holder_id, 'country:' || jurisdiction) AS subject,
  concat_ws(' ', year, stage, material, 'quotas: the batches add up to', spoken(sum(amount) FILTER (WHERE batch <> 'FY')),
            any_value(unit) || ', the year’s figure is', spoken(sum(amount) FILTER (WHERE batch = 'FY'))) AS message,
  list(position) AS positions
FROM quota_at(p_as_of, p_known_at)
GROUP BY jurisdiction, activity_id, stage, material, year, holder_id
HAVING count(*) FILTER (WHERE batch = 'FY') = 1
  AND count(*) FILTER (WHERE batch <> 'FY') > 0
  AND count(amount) = count(*)
  AND sum(amount) FILTER (WHERE batch <> 'FY') <> sum(amount) FILTER (WHERE batch = 'FY')
