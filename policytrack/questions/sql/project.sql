/* One row: a project. */
SELECT * FROM project WHERE project_id = $id::VARCHAR
