/* One row per facility and activity with 100,000 t/yr or more. */
SELECT
  facility_id, -- the facility
  activity_id, -- the activity
  operating -- operating capacity, in t/yr
FROM facility_capacity_at(p_as_of, p_known_at)
WHERE unit = 't/yr' AND operating >= 100000
