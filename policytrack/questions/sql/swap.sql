/* One row: a capacity swap. */
SELECT * FROM capacity_swap WHERE swap_id = $id::VARCHAR
