/* The spans of all projects. */
SELECT * FROM project_span ORDER BY ALL
