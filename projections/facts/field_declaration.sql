/* One row per FieldDeclared. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "known_on": "DATE", "field_id": "VARCHAR", "name": "VARCHAR", "applies_to": ["VARCHAR"],
    "value_type": "VARCHAR", "allowed": ["VARCHAR"], "unit": "VARCHAR", "description": "VARCHAR"}') AS e
  FROM batch_event
  WHERE type = 'field_declared'
)
SELECT
  position, -- of the event
  e.known_on AS known_on, -- day the declaration, or its correction, was known
  known_to, -- first day on which it was no longer in force
  e.field_id AS field_id, -- id of the custom field
  e.name AS name, -- its name
  e.applies_to AS applies_to, -- what has it: firm, facility, project
  e.value_type AS value_type, -- text, integer, decimal, date, yes_no or choice
  e.allowed AS allowed, -- the allowed values of a choice
  e.unit AS unit, -- unit of its values
  e.description AS description -- what it states
FROM decoded
