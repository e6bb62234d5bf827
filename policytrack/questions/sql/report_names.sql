/* One row per activity with its unit, per firm and per country that the ledger names. */
SELECT 'activity' AS kind, activity_id AS id, name, unit FROM activity
UNION ALL
SELECT 'firm', firm_id, name, NULL FROM firm
ORDER BY kind, id
