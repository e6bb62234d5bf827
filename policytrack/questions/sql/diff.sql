/* One row per event that changed a national figure between two coordinates. First what happened in the world, by what
   was known at the start; then what was learned since. Both together are the change, exactly. */
WITH
start AS (
  SELECT figure, country_code, activity_id, thing, position, sum(amount) AS amount
  FROM _national_term_at($from_as_of::DATE, $from_known_at::DATE) GROUP BY ALL
),
later AS (
  SELECT figure, country_code, activity_id, thing, position, sum(amount) AS amount
  FROM _national_term_at($to_as_of::DATE, $from_known_at::DATE) GROUP BY ALL
),
learned AS (
  SELECT figure, country_code, activity_id, thing, position, sum(amount) AS amount
  FROM _national_term_at($to_as_of::DATE, $to_known_at::DATE) GROUP BY ALL
),
change AS (
  SELECT 'happened' AS cause, figure, country_code, activity_id, thing, position, amount FROM later
  UNION ALL SELECT 'happened', figure, country_code, activity_id, thing, position, -amount FROM start
  UNION ALL SELECT 'learned', figure, country_code, activity_id, thing, position, amount FROM learned
  UNION ALL SELECT 'learned', figure, country_code, activity_id, thing, position, -amount FROM later
)
SELECT
  change.country_code,
  change.activity_id,
  change.figure,
  change.cause,
  change.thing,
  change.position,
  as_capacity(sum(change.amount)) AS change,
  activity.unit,
  event.type,
  event.effective,
  event.known_on,
  event.summary
FROM change
LEFT JOIN event ON event.position = change.position
LEFT JOIN activity ON activity.activity_id = change.activity_id
WHERE (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], change.country_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], change.activity_id))
  AND (len($figure_names::VARCHAR[]) = 0 OR list_contains($figure_names::VARCHAR[], change.figure))
GROUP BY ALL
HAVING sum(change.amount) <> 0
ORDER BY change.country_code, change.activity_id, change.figure, change.cause, change.thing, change.position
