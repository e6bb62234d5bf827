/* One row per check that is asked: what it says is wrong, and how much that matters. */
SELECT check_name, severity, sentence, is_own
FROM known_check
WHERE (len($check_name::VARCHAR[]) = 0 OR list_contains($check_name::VARCHAR[], check_name))
  AND (len($severity::VARCHAR[]) = 0 OR list_contains($severity::VARCHAR[], severity))
ORDER BY severity, check_name
