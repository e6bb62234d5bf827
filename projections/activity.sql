/* One row per activity, built in or registered in the ledger: a process with the unit of its capacity. */
WITH
own AS (
  SELECT * FROM _activity_registered_at(p_as_of, p_known_at)
),
listed AS (
  SELECT activity_id, name, unit, stage, covers AS note, part_of, sector, names, hs, nace, isic, naics, false AS is_built_in
  FROM own
  UNION ALL BY NAME
  -- A later version of policytrack may build in an id that the ledger has registered: its figures rest on its own unit.
  SELECT activity_id, name, unit, stage, nullif(note, '') AS note, nullif(part_of, '') AS part_of, sector, true AS is_built_in
  FROM reference_activities
  WHERE activity_id NOT IN (SELECT own.activity_id FROM own)
)
SELECT
  activity_id, -- id of the activity
  name, -- its name
  unit, -- unit of all its figures
  stage, -- stage of the chain; figures of two stages are never added
  note, -- what it covers
  part_of, -- the activity that it is a process of, in the same unit; NULL if none
  sector, -- industry that lists group it under
  names, -- names in other languages
  hs, -- Harmonized System code of the product, if the ledger states it
  nace, -- NACE code, if the ledger states it
  isic, -- ISIC code, if the ledger states it
  naics, -- NAICS code, if the ledger states it
  is_built_in -- whether it comes with policytrack; false if the ledger registers it
FROM listed
