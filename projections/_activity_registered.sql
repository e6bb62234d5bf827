/* One row per activity that the ledger registers: the registration in force; see _firm_registered for late ones. */
SELECT activity_id, name, names, unit, part_of, sector, stage, covers, hs, nace, isic, naics, position
FROM activity_registration
WHERE known_to > p_known_at
QUALIFY row_number() OVER (
  PARTITION BY activity_id ORDER BY known_on <= p_known_at DESC, known_on, position
) = 1
