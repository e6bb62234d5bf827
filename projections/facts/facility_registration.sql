/* One row per FacilityRegistered. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "known_on": "DATE",
    "facility_id": "VARCHAR", "name": "VARCHAR",
    "names": [{"language": "VARCHAR", "name": "VARCHAR"}], "country": "VARCHAR", "region": "VARCHAR",
    "operator_id": "VARCHAR", "coordinates": {"latitude": "DECIMAL(9,6)", "longitude": "DECIMAL(9,6)"}}') AS e
  FROM batch_event
  WHERE type = 'facility_registered'
)
SELECT
  position, -- of the event
  e.known_on AS known_on, -- day the registration, or its correction, was known
  known_to, -- first day on which it was no longer in force
  e.facility_id AS facility_id, -- id of the facility
  e.name AS name, -- its name
  e.names AS names, -- other names
  e.country AS country_code, -- ISO 3166-1
  e.region AS region_code, -- ISO 3166-2
  e.operator_id AS operator_id, -- firm that runs it
  e.coordinates.latitude AS latitude, -- degrees north
  e.coordinates.longitude AS longitude -- degrees east
FROM decoded
