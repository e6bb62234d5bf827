/* One row per activity that the ledger registers: its unit, and the whole that it is a part of. */
SELECT activity_id, unit, name, part_of
FROM activity
WHERE NOT is_built_in
ORDER BY activity_id
