/* One row per custom field that the ledger declares. */
SELECT field_id, name, applies_to, value_type, allowed, unit, description FROM custom_field ORDER BY field_id
