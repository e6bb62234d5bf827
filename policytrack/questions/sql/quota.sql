/* One row: a quota. */
SELECT * FROM quota WHERE quota_id = $id::VARCHAR
