/* One row per ActivityRegistered. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "known_on": "DATE",
    "activity_id": "VARCHAR", "name": "VARCHAR",
    "names": [{"language": "VARCHAR", "name": "VARCHAR"}], "unit": "VARCHAR", "part_of": "VARCHAR",
    "sector": "VARCHAR", "stage": "VARCHAR", "covers": "VARCHAR",
    "codes": {"hs": "VARCHAR", "nace": "VARCHAR", "isic": "VARCHAR", "naics": "VARCHAR"}}') AS e
  FROM batch_event
  WHERE type = 'activity_registered'
)
SELECT
  position, -- of the event
  e.known_on AS known_on, -- day the registration, or its correction, was known
  known_to, -- first day on which it was no longer in force
  e.activity_id AS activity_id, -- id of the activity
  e.name AS name, -- its name
  e.names AS names, -- other names
  e.unit AS unit, -- unit of all its figures
  e.part_of AS part_of, -- the activity that it is a process of
  e.sector AS sector, -- industry
  e.stage AS stage, -- stage of the chain
  e.covers AS covers, -- what it includes and excludes
  e.codes.hs AS hs, -- Harmonized System code
  e.codes.nace AS nace, -- NACE code
  e.codes.isic AS isic, -- ISIC code
  e.codes.naics AS naics -- NAICS code
FROM decoded
