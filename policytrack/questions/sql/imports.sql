/* One row per transaction: the events that were recorded together, oldest first. */
SELECT
  'i' || min(first_position) AS import_id,
  min(first_position) AS first_position,
  max(last_position) AS last_position,
  sum(event_count)::BIGINT AS event_count,
  sum(in_force_count)::BIGINT AS in_force_count,
  string_agg(event_count || ' ' || type, ', ' ORDER BY event_count DESC, type) AS types,
  recorded_at
FROM (
  SELECT
    recorded_at,
    type,
    min(position) AS first_position,
    max(position) AS last_position,
    count(*) AS event_count,
    count(*) FILTER (superseded_by IS NULL AND type <> 'event_retracted') AS in_force_count
  FROM event
  GROUP BY recorded_at, type
)
GROUP BY recorded_at
ORDER BY min(first_position)
