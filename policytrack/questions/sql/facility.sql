/* One row: a facility. */
SELECT * FROM facility WHERE facility_id = $id::VARCHAR
