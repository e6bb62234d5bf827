/* One row per source that events known at the date name, those named most often first. */
SELECT *
FROM source
WHERE ($text::VARCHAR IS NULL OR contains(lower(concat_ws(' ', title, publisher, url)), lower($text::VARCHAR)))
  AND (len($class::VARCHAR[]) = 0 OR list_contains($class::VARCHAR[], class))
ORDER BY event_count DESC, title, publisher, url
