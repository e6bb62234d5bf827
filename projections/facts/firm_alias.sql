/* One row per FirmAliasRegistered. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "known_on": "DATE",
    "firm_id": "VARCHAR", "name": "VARCHAR", "language": "VARCHAR"}') AS e
  FROM batch_event
  WHERE type = 'firm_alias_registered'
)
SELECT
  position, -- of the event
  first_position, -- of the first of its chain of corrections
  e.known_on AS known_on, -- day the alias, or its correction, was known
  known_to, -- first day on which it was no longer in force
  e.firm_id AS firm_id, -- the firm
  e.name AS name, -- what it is also called
  e.language AS language -- BCP 47; und when nobody says
FROM decoded
