/* One row per stake in which a firm is owner or owned. */
SELECT owner_id, owned_id, stake_pct, kind, since
FROM stake
WHERE owned_id = $id::VARCHAR OR owner_id = $id::VARCHAR
ORDER BY owned_id, owner_id, kind
