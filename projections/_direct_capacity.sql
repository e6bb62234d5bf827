/* One row per facility with operating capacity and per pending project: the firm whose own it is. */
SELECT operator_id AS firm_id, 'facility:' || facility_id AS thing, activity_id, 'operating' AS status, operating AS capacity
FROM facility_capacity_at(p_as_of, p_known_at)
WHERE operator_id IS NOT NULL AND operating <> 0
UNION ALL
SELECT firm_id, 'project:' || project_id, activity_id, 'pending', capacity_remaining
FROM project_at(p_as_of, p_known_at)
WHERE is_pending AND firm_id IS NOT NULL AND capacity_remaining <> 0
