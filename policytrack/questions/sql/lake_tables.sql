/* One row per table of the read model that a lake holds, with its columns in order. */
SELECT
  shown.table_name AS name, -- of the table
  CASE WHEN shown.table_name IN ('capacity_step', 'project_span') THEN 'computed'
       WHEN starts_with(shown.table_name, 'reference_') OR shown.table_name IN ('known_check', 'step_shape') THEN 'reference'
       ELSE 'facts' END AS kind, -- what it holds: facts of events, folds of them, or neither
  list(shown.column_name ORDER BY shown.column_index) AS columns, -- the names of its columns
  list(shown.data_type ORDER BY shown.column_index) AS types -- their types in DuckDB
FROM duckdb_columns() AS shown
JOIN duckdb_tables() AS known USING (database_oid, schema_oid, table_oid)
WHERE shown.database_name = current_database() AND shown.table_name NOT IN ('meta', 'left_out_view', 'check_part')
GROUP BY shown.table_name
ORDER BY shown.table_name
