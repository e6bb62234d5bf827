/* One row per ProjectRegistered. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "known_on": "DATE",
    "project_id": "VARCHAR", "name": "VARCHAR", "facility_id": "VARCHAR",
    "activity_id": "VARCHAR", "firm_id": "VARCHAR", "national_project_code": "VARCHAR", "phase_of": "VARCHAR"}') AS e
  FROM batch_event
  WHERE type = 'project_registered'
)
SELECT
  position, -- of the event
  e.known_on AS known_on, -- day the registration, or its correction, was known
  known_to, -- first day on which it was no longer in force
  e.project_id AS project_id, -- id of the project
  e.name AS name, -- its name
  e.facility_id AS facility_id, -- where it is built
  e.activity_id AS activity_id, -- activity of its capacity
  e.firm_id AS firm_id, -- firm that builds it
  e.national_project_code AS national_project_code, -- the state's number of it
  e.phase_of AS phase_of -- the whole project of which it is a phase
FROM decoded
