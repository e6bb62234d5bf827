/* One row per capacity swap: by which ratio, what must go for it, what is gone, and what is owed. What it is to be judged by
   is in `capacity_swap`; the figures of projects and nations need no verdict. */
WITH
lot AS (FROM _lot_recognised_at(p_as_of, p_known_at)),
retirement AS (
  SELECT swap_id, lot_id, coalesce(sum(capacity), 0) AS retired
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
  SELECT swap_id, sum(retired) AS retired
  FROM (SELECT swap_id, retired FROM retirement UNION ALL SELECT swap_id, retired FROM gone)
  GROUP BY swap_id
),
figure AS (
  SELECT
    terms.swap_id,
    terms.project_id,
    terms.revoked_on IS NOT NULL AS is_revoked,
    by_ratio.ratio,
    as_capacity(terms.build_capacity * by_ratio.ratio) AS required,
    as_capacity(coalesce(paid.retired, 0)) AS retired,
    coalesce(project.completed, 0) AS completed
  FROM _swap_terms_at(p_as_of, p_known_at) AS terms
  LEFT JOIN _swap_ratio_at(p_as_of, p_known_at) AS by_ratio USING (swap_id)
  LEFT JOIN paid USING (swap_id)
  LEFT JOIN _project_state_at(p_as_of, p_known_at) AS project ON project.project_id = terms.project_id
)
SELECT
  *,
  CASE WHEN is_revoked THEN as_capacity(0) ELSE as_capacity(at_least_zero(completed * ratio - retired)) END AS owed
FROM figure
