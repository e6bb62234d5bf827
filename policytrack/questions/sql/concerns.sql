/* One row per concern that a reader of the figures should know of. */
SELECT 'overdue' AS concern, project_id AS subject, 'was due ' || due || ' and is ' || status AS message
FROM pending_project
WHERE is_overdue
UNION ALL
SELECT 'donor undisclosed', swap_id,
       printf('%s of %s %s has no named donor', undisclosed::VARCHAR, required::VARCHAR, unit)
FROM capacity_swap
WHERE undisclosed > 0
UNION ALL
SELECT 'unverified', project_id, 'approved as a replacement; verdict unverified'
FROM pending_project
WHERE swap_verdict = 'unverified' AND project_id NOT IN (SELECT project_id FROM capacity_swap)
UNION ALL
SELECT 'shares above 100', owned_id, 'the issued shares add up to ' || sum(stake_pct)::VARCHAR || ' %'
FROM stake
WHERE kind = 'issued'
GROUP BY owned_id
HAVING sum(stake_pct) > 100
ORDER BY 1, 2
