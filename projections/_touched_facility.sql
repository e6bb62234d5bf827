/* One row per facility of which an event after the variable since speaks; all of them when that is not set. The checks
   that are asked at recording look at these only. */
SELECT facility_id FROM capacity_statement WHERE is_new(position)
UNION
SELECT facility_id FROM capacity_move WHERE is_new(position) AND facility_id IS NOT NULL
