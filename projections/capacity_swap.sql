/* One row per capacity swap: required, named, retired and owed capacity, and a verdict with its reasons. A swap is
   `unverified` if its donor is undisclosed, its credit was returned, or its ratio, rule or a leg is uncertain. */
WITH
lot AS (FROM _lot_recognised_at(p_as_of, p_known_at)),
draw AS (FROM _lot_draw_at(p_as_of, p_known_at)),
leg AS (
  SELECT
    swap_leg.position,
    coalesce(sum(capacity) FILTER (WHERE NOT is_undisclosed), 0) AS named,
    coalesce(sum(capacity), 0) AS total,
    bool_or(is_undisclosed) AS is_undisclosed,
    bool_or(capacity IS NULL) AS is_inexact
  FROM swap_leg
  GROUP BY swap_leg.position
),
rule AS (
  SELECT
    swap_id,
    bool_or(kind = 'moratorium' AND applies) AS in_moratorium,
    bool_or(kind = 'no_split' AND applies) AS no_split,
    bool_or(kind = 'moratorium' AND applies IS NULL) AS may_be_in_moratorium,
    bool_or(kind = 'no_split' AND applies IS NULL) AS may_be_whole_only
  FROM _swap_rule_at(p_as_of, p_known_at)
  GROUP BY swap_id
),
drawn AS (
  SELECT
    draw.swap_id,
    sum(draw.returned) FILTER (WHERE NOT is_revoked) AS returned,
    bool_or(is_kept AND draw.drawn_with_it > lot.capacity) AS is_overdrawn,
    bool_or(is_kept AND lot.expires_on < draw.announced_on) AS is_expired,
    bool_or(is_kept AND draw.capacity < lot.capacity) AS is_split
  FROM draw
  LEFT JOIN lot ON lot.lot_id = draw.lot_id
  GROUP BY draw.swap_id
),
figure AS (
  SELECT
    terms.*,
    by_ratio.ratio AS reckoned_ratio,
    by_ratio.ratio_basis,
    by_ratio.rule_id AS governing_rule_id,
    by_ratio.rule_ratio,
    by_ratio.exception_ratio,
    by_ratio.uncertain_ratio,
    reckoned.required,
    reckoned.retired,
    reckoned.owed,
    reckoned.owed_low,
    reckoned.owed_high,
    greatest(coalesce(leg.named, 0) - coalesce(drawn.returned, 0), reckoned.retired) AS named,
    coalesce(drawn.returned, 0) AS returned,
    greatest(coalesce(leg.total, 0), reckoned.retired) AS total,
    leg.position IS NOT NULL AS has_legs,
    leg.position IS NULL OR leg.is_undisclosed AS is_undisclosed,
    coalesce(leg.is_inexact, FALSE) AS is_inexact,
    coalesce(rule.in_moratorium, FALSE) AS in_moratorium,
    coalesce(rule.no_split AND drawn.is_split, FALSE) AS is_split,
    coalesce(rule.may_be_in_moratorium OR rule.may_be_whole_only AND drawn.is_split, FALSE) AS may_be_forbidden,
    coalesce(drawn.is_overdrawn, FALSE) AS is_overdrawn,
    coalesce(drawn.is_expired, FALSE) AS is_expired
  FROM _swap_terms_at(p_as_of, p_known_at) AS terms
  JOIN _swap_figure_at(p_as_of, p_known_at) AS reckoned USING (swap_id)
  LEFT JOIN _swap_ratio_at(p_as_of, p_known_at) AS by_ratio USING (swap_id)
  LEFT JOIN leg ON leg.position = terms.legs_position
  LEFT JOIN rule USING (swap_id)
  LEFT JOIN drawn USING (swap_id)
),
judged AS (
  SELECT
    *,
    list_filter([
      CASE WHEN has_legs AND NOT is_inexact AND total < required THEN 'legs_below_required' END,
      CASE WHEN ratio < rule_ratio AND NOT coalesce(ratio >= exception_ratio, FALSE) THEN 'ratio_below_rule' END,
      CASE WHEN in_moratorium THEN 'swap_in_moratorium' END,
      CASE WHEN is_split THEN 'lot_split' END,
      CASE WHEN is_overdrawn THEN 'lot_overdrawn' END,
      CASE WHEN is_expired THEN 'lot_expired' END
    ], lambda reason: reason IS NOT NULL) AS failures,
    list_filter([
      CASE WHEN build_capacity IS NULL THEN 'build_unknown' END,
      CASE WHEN reckoned_ratio IS NULL THEN 'ratio_unknown' END,
      CASE WHEN may_be_forbidden OR uncertain_ratio > coalesce(reckoned_ratio, 0) THEN 'rule_uncertain' END,
      CASE WHEN ratio < rule_ratio AND ratio >= exception_ratio THEN 'exception_needed' END,
      CASE WHEN required IS NULL OR named < required THEN
        CASE WHEN is_inexact THEN 'leg_inexact' WHEN is_undisclosed THEN 'donor_undisclosed' END END,
      CASE WHEN returned > 0 AND named < required THEN 'credit_returned' END
    ], lambda reason: reason IS NOT NULL) AS doubts
  FROM figure
)
SELECT
  swap_id, -- id of the swap
  project_id, -- the project that is built
  activity_id, -- activity of the capacity
  build_capacity, -- new capacity that the swap permits
  reckoned_ratio::DECIMAL(12, 6) AS ratio, -- retired : built; as stated, or else of the rule
  ratio_basis, -- stated, rule or unknown
  required, -- capacity to retire: build times ratio
  as_capacity(named) AS named, -- of that, with a named donor; without credit returned to its lot
  as_capacity(at_least_zero(required - named)) AS undisclosed, -- of that, without a named donor
  retired, -- retired by the date: exact retirements that name the swap, and credit of retired lots
  owed, -- to be retired for the commissioned capacity, and not retired yet; NULL if the ratio, a completion or a retirement is not exact
  CASE WHEN revoked_on IS NOT NULL THEN 'revoked' WHEN objections > 0 THEN 'objected' ELSE 'announced' END AS status, -- announced, objected or revoked
  CASE
    WHEN revoked_on IS NOT NULL THEN NULL
    WHEN len(failures) > 0 THEN 'fail'
    WHEN len(doubts) > 0 THEN 'unverified'
    ELSE 'pass'
  END AS verdict, -- pass, fail or unverified; NULL once revoked
  activity.unit AS unit, -- unit of the figures
  authority, -- who published it
  document_no, -- number of the notice
  CASE WHEN revoked_on IS NULL THEN failures || doubts ELSE [] END AS reasons, -- reasons of the verdict
  governing_rule_id AS rule_id, -- rule that the notice names, or that governs its ratio
  rule_ratio::DECIMAL(12, 6) AS rule_ratio, -- minimum ratio of the rule; NULL if unknown
  announced_on, -- day of the announcement
  revoked_on, -- day on which it was revoked
  positions, -- events that announced and amended it
  owed_low, -- lower bound of owed; NULL if the ratio is unknown
  owed_high -- upper bound of owed; NULL if there is none
FROM judged
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity USING (activity_id)
