/* One row: an activity. */
SELECT * FROM activity WHERE activity_id = $id::VARCHAR
