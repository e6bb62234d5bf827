/* One row per stake in which a firm is owner or owned; of its own shareholding also what is unknown. */
SELECT owner_id, owned_id, owned_kind, stake_pct, kind, since, stated_as, stake_low, stake_high
FROM stake
WHERE (owned_kind = 'firm' AND owned_id = $id::VARCHAR) OR owner_id = $id::VARCHAR
UNION ALL
SELECT NULL, owned_id, owned_kind, unknown_pct, 'unknown', NULL, NULL, NULL, NULL
FROM shareholding
WHERE owned_kind = 'firm' AND owned_id = $id::VARCHAR AND unknown_pct > 0
ORDER BY owned_id, owner_id NULLS LAST, kind
