/* One row: a firm. */
SELECT * FROM firm WHERE firm_id = $id::VARCHAR
