/* One row: a source. */
SELECT * FROM source WHERE source_id = $id::VARCHAR
