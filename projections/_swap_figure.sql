/* One row per capacity swap: by which ratio, what must go for it, what is gone, and what is owed. What it is to be judged by
   is in `capacity_swap`; the figures of projects and nations need no verdict. What is owed is NULL, with bounds, where a
   completion of the project or a retirement for the swap is not exact. */
WITH
lot AS (FROM _lot_recognised_at(p_as_of, p_known_at)),
retirement AS (
  SELECT
    swap_id,
    lot_id,
    coalesce(sum(capacity), 0) AS retired,
    sum(-installed_change_high) AS retired_low,
    CASE WHEN count(installed_change_low) = count(*) THEN sum(-installed_change_low) END AS retired_high,
    count(capacity) = count(*) AS is_exact
  FROM capacity_move
  WHERE type = 'capacity_retired' AND swap_id IS NOT NULL
    AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY swap_id, lot_id
),
-- Credit of a lot that is gone altogether is gone, whether or not a retirement names the swap that drew it.
gone AS (
  SELECT draw.swap_id, at_least_zero(draw.capacity - draw.returned - coalesce(retirement.retired, 0)) AS retired
  FROM _lot_draw_at(p_as_of, p_known_at) AS draw
  JOIN lot ON lot.lot_id = draw.lot_id AND lot.retired >= lot.capacity
  LEFT JOIN retirement ON retirement.swap_id = draw.swap_id AND retirement.lot_id = draw.lot_id
),
paid AS (
  SELECT
    swap_id,
    sum(retired) AS retired,
    sum(retired_low) AS retired_low,
    CASE WHEN count(retired_high) = count(*) THEN sum(retired_high) END AS retired_high,
    bool_and(is_exact) AS is_exact
  FROM (
    SELECT swap_id, retired, retired_low, retired_high, is_exact FROM retirement
    UNION ALL
    SELECT swap_id, retired, retired, retired, TRUE FROM gone
  )
  GROUP BY swap_id
),
commissioned AS (
  SELECT
    project_id,
    coalesce(sum(capacity), 0) AS completed,
    sum(installed_change_low) AS completed_low,
    CASE WHEN count(installed_change_high) = count(*) THEN sum(installed_change_high) END AS completed_high,
    count(capacity) = count(*) AS is_exact
  FROM capacity_move
  WHERE type = 'project_completed'
    AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY project_id
),
figure AS (
  SELECT
    terms.swap_id,
    terms.project_id,
    terms.activity_id,
    terms.build_position,
    terms.legs_position,
    terms.revoked_on IS NOT NULL AS is_revoked,
    by_ratio.ratio,
    as_capacity(terms.build_capacity * by_ratio.ratio) AS required,
    as_capacity(coalesce(paid.retired, 0)) AS retired,
    coalesce(commissioned.completed, 0) AS completed,
    CASE WHEN commissioned.project_id IS NULL THEN 0 ELSE commissioned.completed_low END AS completed_low,
    CASE WHEN commissioned.project_id IS NULL THEN 0 ELSE commissioned.completed_high END AS completed_high,
    CASE WHEN paid.swap_id IS NULL THEN 0 ELSE paid.retired_low END AS retired_low,
    CASE WHEN paid.swap_id IS NULL THEN 0 ELSE paid.retired_high END AS retired_high,
    coalesce(paid.is_exact, TRUE) AND coalesce(commissioned.is_exact, TRUE) AS is_owed_exact
  FROM _swap_terms_at(p_as_of, p_known_at) AS terms
  LEFT JOIN _swap_ratio_at(p_as_of, p_known_at) AS by_ratio USING (swap_id)
  LEFT JOIN paid USING (swap_id)
  LEFT JOIN commissioned ON commissioned.project_id = terms.project_id
)
SELECT
  swap_id,
  project_id,
  activity_id,
  build_position,
  legs_position,
  is_revoked,
  ratio,
  required,
  retired,
  completed,
  completed_low,
  is_owed_exact,
  CASE WHEN is_revoked THEN as_capacity(0)
       WHEN is_owed_exact THEN as_capacity(at_least_zero(completed * ratio - retired)) END AS owed,
  CASE WHEN is_revoked OR (ratio IS NOT NULL AND retired_high IS NULL) THEN as_capacity(0)
       ELSE as_capacity(at_least_zero(completed_low * ratio - retired_high)) END AS owed_low,
  CASE WHEN is_revoked THEN as_capacity(0)
       ELSE as_capacity(at_least_zero(completed_high * ratio - retired_low)) END AS owed_high
FROM figure
