/* One row per value of a custom field that a registration states. */
WITH
decoded AS (
  SELECT *, from_json(data, '{
    "known_on": "DATE", "firm_id": "VARCHAR", "facility_id": "VARCHAR", "project_id": "VARCHAR",
    "fields": [{"field_id": "VARCHAR", "value": "VARCHAR"}]}') AS e
  FROM batch_event
  -- Most registrations have no custom field, and are not decoded.
  WHERE type IN ('firm_registered', 'facility_registered', 'project_registered') AND data LIKE '%"fields":[%'
),
stated AS (
  SELECT *, unnest(e.fields) AS field
  FROM decoded
)
SELECT
  position, -- of the registration
  e.known_on AS known_on, -- day the registration, or its correction, was known
  known_to, -- first day on which it was no longer in force
  split_part(type, '_', 1) AS kind, -- firm, facility or project
  CASE type WHEN 'firm_registered' THEN e.firm_id
            WHEN 'facility_registered' THEN e.facility_id
            ELSE e.project_id END AS id, -- of the firm, facility or project
  field.field_id AS field_id, -- the custom field
  field.value AS value -- its value as text
FROM stated
