/* One row per concern that a reader of the figures should know of: what the checks find and nobody acknowledged. */
SELECT replace(check_name, '_', ' ') AS concern, subject, message
FROM check_result
WHERE acknowledged IS NULL
ORDER BY severity, check_name, subject, message
