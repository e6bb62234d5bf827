/* One row per UnitRegistered. */
WITH decoded AS (
  SELECT *, from_json(data, '{
    "known_on": "DATE", "symbol": "VARCHAR", "name": "VARCHAR",
    "dimension": "VARCHAR", "factor": "DECIMAL(27, 15)", "aliases": ["VARCHAR"]}') AS e
  FROM batch_event
  WHERE type = 'unit_registered'
)
SELECT
  position, -- of the event
  e.known_on AS known_on, -- day the registration, or its correction, was known
  known_to, -- first day on which it was no longer in force
  e.symbol AS symbol, -- how the unit is written
  e.name AS name, -- its full name
  e.dimension AS dimension, -- what it measures
  e.factor AS factor, -- base units in one unit
  e.aliases AS aliases -- other spellings
FROM decoded
