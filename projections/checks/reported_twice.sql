/* Two sources seem to report one event, and both count. Severity: warning. Asked at recording. One row per pair of
   completions, closures, idlings, restarts, transfers, returns, credit lots, swaps, quotas or awards about the same thing
   that share no source: of the same figure within 60 days, of a figure within 10 % of it, or of any on the same day; and per
   pair of quotas of one holder in one batch. */
WITH
added AS MATERIALIZED (
  SELECT
    kind, subject_kind, subject_id, part, counterpart, figure, is_once, position, effective_earliest AS first, effective_latest AS last
  FROM _addition_at(p_as_of, p_known_at)
  WHERE (figure > 0 OR is_once) AND (part IS NOT NULL OR kind = 'project_completed')
),
addition AS (
  FROM added SEMI JOIN (SELECT DISTINCT kind, subject_id FROM added WHERE is_new(position)) AS touched USING (kind, subject_id)
),
neighbour AS (
  SELECT *, lag((position, first, last, figure, counterpart)) OVER (PARTITION BY kind, subject_kind, subject_id, part, figure ORDER BY last, position) AS before
  FROM addition
  UNION ALL
  SELECT *, lag((position, first, last, figure, counterpart)) OVER (PARTITION BY kind, subject_kind, subject_id, part ORDER BY last, position) AS before
  FROM addition
),
pair AS (
  SELECT DISTINCT concat(subject_kind, ':', subject_id) AS subject, is_once, least(position, before[1]) AS earlier, greatest(position, before[1]) AS later
  FROM neighbour
  WHERE before IS NOT NULL AND (counterpart IS NULL OR before[5] IS NULL OR counterpart = before[5])
    AND (is_once OR (first = before[2] AND last = before[3])
         OR (abs(figure - before[4]) * 10 <= greatest(figure, before[4]) AND happened_near(first, last, before[2], before[3], 60)))
),
shared AS (
  SELECT DISTINCT pair.earlier, pair.later
  FROM pair
  JOIN event_source AS one ON one.position = pair.earlier
  JOIN event_source AS two ON two.position = pair.later AND two.title = one.title
    AND two.publisher IS NOT DISTINCT FROM one.publisher AND two.url IS NOT DISTINCT FROM one.url
  WHERE NOT pair.is_once
)
SELECT
  pair.subject AS subject,
  concat('“', later.summary, '” (', later.effective, ', e', later.position, ') may repeat “', earlier.summary, '” (', earlier.effective,
         ', e', earlier.position, '); both count') AS message,
  [pair.earlier, pair.later] AS positions
FROM pair
ANTI JOIN shared ON shared.earlier = pair.earlier AND shared.later = pair.later
JOIN event AS earlier ON earlier.position = pair.earlier
JOIN event AS later ON later.position = pair.later
