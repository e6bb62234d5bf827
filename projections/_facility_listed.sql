/* One row per registered facility: its registration, with its place before the first move; see _firm_registered for late
   ones. */
SELECT facility_id, name, names, country_code, region_code, operator_id, latitude, longitude, position
FROM facility_registration
WHERE known_to > p_known_at AND is_facility_read(facility_id)
QUALIFY row_number() OVER (
  PARTITION BY facility_id ORDER BY known_on <= p_known_at DESC, known_on, position
) = 1
