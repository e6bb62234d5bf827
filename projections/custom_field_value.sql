/* One row per firm, facility or project and custom field that its registration in force states. */
WITH
registered AS (
  SELECT 'firm' AS kind, firm_id AS id, position FROM _firm_registered_at(p_as_of, p_known_at)
  UNION ALL
  SELECT 'facility', facility_id, position FROM _facility_listed_at(p_as_of, p_known_at)
  UNION ALL
  SELECT 'project', project_id, position FROM _project_listed_at(p_as_of, p_known_at)
)
SELECT
  stated.kind, -- firm, facility or project
  stated.id, -- of the firm, facility or project
  stated.field_id, -- the custom field
  declared.name, -- its name
  stated.value, -- its value as text
  CASE WHEN declared.value_type IN ('integer', 'decimal')
       THEN try_cast(stated.value AS DECIMAL(28, 6)) END AS number, -- the value of an integer or a decimal
  CASE WHEN declared.value_type = 'date' THEN try_cast(stated.value AS DATE) END AS day, -- the value of a date
  declared.unit, -- unit of the value; NULL if none
  declared.value_type, -- text, integer, decimal, date, yes_no or choice
  stated.position -- registration that states it
FROM field_statement AS stated
JOIN registered ON registered.kind = stated.kind AND registered.id = stated.id AND registered.position = stated.position
JOIN custom_field_at(p_as_of, p_known_at) AS declared ON declared.field_id = stated.field_id
