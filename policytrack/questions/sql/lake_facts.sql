/* The facts of a range of events, without the columns that a later event may change: lake_superseded has those. */
SELECT COLUMNS(lambda name: name NOT IN ('known_to', 'superseded_by'))
FROM query_table($table)
WHERE position BETWEEN $first AND $last
ORDER BY ALL
