/* A facility is registered in, or moved to, a region of another country. Severity: error. One row per facility. */
SELECT
  'facility:' || facility_id AS subject,
  concat('is registered in country ', country_code, ' and in region ', region_code) AS message,
  [position] AS positions
FROM facility_registration
WHERE known_on <= p_known_at AND known_to > p_known_at AND p_as_of IS NOT NULL
  AND left(region_code, 2) <> country_code
  AND substr(region_code, 4) <> country_code -- US-PR is a region, and PR a country
UNION ALL
SELECT
  'facility:' || facility_id,
  concat('is registered in country ', listed.country_code, ' and moved to region ', move.region_code),
  [listed.position, move.position]
FROM facility_move AS move
JOIN _facility_listed_at(p_as_of, p_known_at) AS listed USING (facility_id)
WHERE move.known_on <= p_known_at AND move.known_to > p_known_at
  AND left(move.region_code, 2) <> listed.country_code AND substr(move.region_code, 4) <> listed.country_code
