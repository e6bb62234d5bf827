/* The checks of policytrack, without those of the ledger. */
SELECT * FROM known_check WHERE NOT is_own ORDER BY ALL
