/* One row per custom field of a firm, facility or project, in the order of names: its value, and the unit of it. */
SELECT name AS field, value, unit, field_id FROM custom_field_value
WHERE kind = $thing_kind::VARCHAR AND id = $id::VARCHAR
ORDER BY lower(name), field_id
