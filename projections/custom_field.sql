/* One row per custom field that the ledger declares: the declaration in force; see _firm_registered for late ones. */
SELECT
  field_id, -- id of the field, as in `fields` of a registration
  coalesce(name, field_id) AS name, -- its name; the id if it has none
  applies_to, -- what has it: firm, facility, project
  value_type, -- text, integer, decimal, date, yes_no or choice
  allowed, -- the allowed values of a choice
  unit, -- unit of its values; NULL if none
  description, -- what it states
  position -- event that declares it
FROM field_declaration
WHERE known_to > p_known_at
QUALIFY row_number() OVER (PARTITION BY field_id ORDER BY known_on <= p_known_at DESC, known_on, position) = 1
