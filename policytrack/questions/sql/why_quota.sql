/* One row per event that speaks of the quotas of a holder, stage and year: whether it makes the figure what it is, and if
   not, why not. Where a figure of the whole year (FY) is published it stands for the notices of that year. */
WITH
standing AS (
  SELECT
    *,
    $batch::VARCHAR IS NOT NULL OR batch IS NOT DISTINCT FROM 'FY'
    OR NOT coalesce(bool_or(batch = 'FY') OVER (PARTITION BY material, holder_id), FALSE) AS counts
  FROM quota
  WHERE jurisdiction = $of_jurisdiction::VARCHAR AND activity_id = $activity_id::VARCHAR AND stage = $of_stage::VARCHAR
    AND year = $of_year::INTEGER
    AND ($batch::VARCHAR IS NULL OR batch = $batch::VARCHAR)
    AND (len($material::VARCHAR[]) = 0 OR list_contains($material::VARCHAR[], material))
    AND CASE $perimeter WHEN 'constant' THEN group_id ELSE holder_id END IS NOT DISTINCT FROM $holder::VARCHAR
),
speaking AS (
  SELECT position, coalesce(plain_figure(amount), CASE WHEN is_withheld THEN 'withheld' ELSE 'not exact' END) AS value
  FROM quota_issue
  WHERE jurisdiction = $of_jurisdiction::VARCHAR AND activity_id = $activity_id::VARCHAR AND stage = $of_stage::VARCHAR
    AND year = $of_year::INTEGER
    AND ($batch::VARCHAR IS NULL OR batch = $batch::VARCHAR)
    AND (len($material::VARCHAR[]) = 0 OR list_contains($material::VARCHAR[], material))
    AND (holder_id IS NOT DISTINCT FROM $holder::VARCHAR OR position IN (SELECT position FROM standing))
),
said AS (
  SELECT position, list(title ORDER BY title) AS titles FROM event_source
  WHERE position IN (SELECT position FROM speaking) GROUP BY position
)
SELECT
  coalesce(standing.counts, FALSE) AS counts,
  event.position,
  CASE WHEN standing.counts THEN standing.amount END AS amount,
  speaking.value,
  CASE WHEN standing.counts IS DISTINCT FROM TRUE THEN coalesce(
    why_invisible(event.known_on, event.known_to, event.superseded_by,
                  effective_day(event.effective_earliest, event.effective_latest), as_of()),
    CASE WHEN standing.position IS NOT NULL THEN 'the figure of the whole year stands for it'
         WHEN quota.position = event.position THEN 'counted with ' || quota.group_id END,
    'restated since'
  ) END AS reason,
  event.type,
  event.effective,
  event.known_on,
  event.summary,
  event.assertion,
  said.titles AS sources
FROM speaking
JOIN event ON event.position = speaking.position
LEFT JOIN standing ON standing.position = speaking.position
LEFT JOIN quota ON quota.position = speaking.position
LEFT JOIN said ON said.position = speaking.position
ORDER BY counts DESC, event.position
