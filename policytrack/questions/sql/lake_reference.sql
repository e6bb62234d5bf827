/* A small table that is not about events, whole. */
SELECT * FROM query_table($table) ORDER BY ALL
