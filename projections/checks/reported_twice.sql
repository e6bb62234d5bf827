/* Two sources seem to report one event, and both count. Severity: warning. Asked at recording. One row per pair of
   completions, closures, mergers, splits, idlings, restarts, transfers, returns, credit lots, swaps, quotas or awards about the same thing
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
-- A number for what an addition is about: sorting by one number takes a third of the time that sorting by four texts does.
account AS (
  SELECT kind, subject_kind, subject_id, part, row_number() OVER ()::INTEGER AS account
  FROM addition
  GROUP BY kind, subject_kind, subject_id, part
),
numbered AS (
  SELECT account.account, counterpart, figure, is_once, position, first, last
  FROM addition
  JOIN account ON account.kind = addition.kind AND account.subject_kind = addition.subject_kind
    AND account.subject_id = addition.subject_id AND account.part IS NOT DISTINCT FROM addition.part
),
neighbour AS (
  SELECT *, lag(position) OVER earlier AS before, lag(first) OVER earlier AS first_before, lag(last) OVER earlier AS last_before,
    figure AS figure_before, lag(counterpart) OVER earlier AS counterpart_before
  FROM numbered
  WINDOW earlier AS (PARTITION BY account, figure ORDER BY last, position)
  UNION ALL
  SELECT *, lag(position) OVER earlier, lag(first) OVER earlier, lag(last) OVER earlier, lag(figure) OVER earlier,
    lag(counterpart) OVER earlier
  FROM numbered
  WINDOW earlier AS (PARTITION BY account ORDER BY last, position)
),
close AS (
  SELECT DISTINCT account, is_once, least(position, before) AS earlier, greatest(position, before) AS later
  FROM neighbour
  WHERE before IS NOT NULL AND (counterpart IS NULL OR counterpart_before IS NULL OR counterpart = counterpart_before)
    AND (is_once OR (first = first_before AND last = last_before)
         OR (abs(figure - figure_before) * 10 <= greatest(figure, figure_before)
             AND happened_near(first, last, first_before, last_before, 60)))
),
pair AS (
  SELECT DISTINCT concat(account.subject_kind, ':', account.subject_id) AS subject, close.is_once, close.earlier, close.later
  FROM close JOIN account USING (account)
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
