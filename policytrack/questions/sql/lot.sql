/* One row: a credit lot. */
SELECT * FROM credit_lot WHERE lot_id = $id::VARCHAR
