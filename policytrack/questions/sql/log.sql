/* One row per event known at the date, oldest first. */
SELECT *
FROM event_log
WHERE (len($type::VARCHAR[]) = 0 OR list_contains($type::VARCHAR[], type))
  AND (len($subject::VARCHAR[]) + len($firm::VARCHAR[]) + len($facility::VARCHAR[]) + len($project::VARCHAR[]) = 0
       -- One subject is looked for in the lists of a million events in half the time that several are.
       OR CASE WHEN len($subject::VARCHAR[]) = 1 AND len($firm::VARCHAR[]) + len($facility::VARCHAR[]) + len($project::VARCHAR[]) = 0
               THEN list_contains(subjects, ($subject::VARCHAR[])[1])
               ELSE list_has_any(list_concat($subject::VARCHAR[],
                                             list_transform($firm::VARCHAR[], lambda id: 'firm:' || id),
                                             list_transform($facility::VARCHAR[], lambda id: 'facility:' || id),
                                             list_transform($project::VARCHAR[], lambda id: 'project:' || id)), subjects) END)
  AND ($since::DATE IS NULL OR effective_latest >= $since::DATE)
  AND ($until::DATE IS NULL OR effective_latest <= $until::DATE)
  AND ($text::VARCHAR IS NULL OR contains(lower(concat_ws(' ', summary, type, subjects::VARCHAR)), lower($text::VARCHAR)))
  AND ($after::BIGINT IS NULL OR position > $after::BIGINT)
ORDER BY position
