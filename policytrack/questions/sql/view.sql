/* One row per row of a view, in an order that is the same on every machine. */
SELECT * FROM query_table($view) ORDER BY ALL
