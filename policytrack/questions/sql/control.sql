/* One row per firm that a firm controls or is controlled by. */
SELECT controller_id, controlled_id, basis, stake_pct, group_stake_pct, rationale
FROM firm_control
WHERE controller_id = $id::VARCHAR OR controlled_id = $id::VARCHAR
ORDER BY controlled_id = $id::VARCHAR DESC, controller_id, controlled_id
