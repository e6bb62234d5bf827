/* One row per finding of a check that nobody acknowledged, or of all; errors first. */
SELECT
  severity,
  check_name,
  subject,
  message,
  'e' || array_to_string(positions, ', e') AS events,
  sentence,
  acknowledged
FROM check_result
WHERE (len($check_name::VARCHAR[]) = 0 OR list_contains($check_name::VARCHAR[], check_name))
  AND (len($severity::VARCHAR[]) = 0 OR list_contains($severity::VARCHAR[], severity))
ORDER BY severity, check_name, subject, message
