/* A facility is registered in a region of another country. Severity: error. One row per facility. */
SELECT
  'facility:' || facility_id AS subject,
  concat('is registered in country ', country_code, ' and in region ', region_code) AS message,
  [position] AS positions
FROM facility_registration
WHERE known_on <= p_known_at AND known_to > p_known_at AND p_as_of IS NOT NULL
  AND left(region_code, 2) <> country_code
  AND substr(region_code, 4) <> country_code -- US-PR is a region, and PR a country
