/* One row per facility whose coordinates are recorded, and activity of which it has capacity: where it is, and what operates. */
SELECT
  figure.facility_id,
  figure.name,
  figure.country_code,
  figure.activity_id,
  activity.name AS activity_name,
  figure.unit,
  facility.latitude,
  facility.longitude,
  figure.installed,
  figure.operating
FROM facility_capacity AS figure
JOIN facility ON facility.facility_id = figure.facility_id
JOIN activity ON activity.activity_id = figure.activity_id
WHERE facility.latitude IS NOT NULL AND facility.longitude IS NOT NULL
  AND (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], figure.country_code))
  AND (len($region::VARCHAR[]) = 0 OR list_contains($region::VARCHAR[], figure.region_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], figure.activity_id))
  AND (len($facility::VARCHAR[]) = 0 OR list_contains($facility::VARCHAR[], figure.facility_id))
  AND (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], figure.operator_id))
ORDER BY figure.operating DESC NULLS LAST, figure.facility_id, figure.activity_id
