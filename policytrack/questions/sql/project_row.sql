/* One row: a project, without the verdict on its swaps. */
SELECT * FROM _project_row_at(as_of(), known_at()) WHERE project_id = $id::VARCHAR
