/* One row per swap and rule that governs it on the day it was announced: the rule that the notice names, or every rule
   of its activity that stood that day where its facility then was. `applies` is unknown (NULL) where only a part of the
   region is meant, and where the day is vague and the rule did not stand on all the days that it may have been. */
WITH
announced AS (
  SELECT
    terms.swap_id, terms.announced_on, terms.announced_earliest, terms.announced_latest, terms.activity_id, terms.rule_id,
    stood.facility_id
  FROM _swap_terms_at(p_as_of, p_known_at) AS terms
  LEFT JOIN _project_stand_at(p_as_of, p_known_at) AS stood ON stood.project_id = terms.project_id
    AND stood.stood_from <= terms.announced_on AND terms.announced_on < stood.stood_to
),
moved AS (
  SELECT
    announced.swap_id,
    arg_max(move.region_code, moment(effective_day(move.effective_earliest, move.effective_latest), move.order_known_on, move.order_position)) AS region_code
  FROM announced
  JOIN facility_move AS move ON move.facility_id = announced.facility_id
    AND effective_day(move.effective_earliest, move.effective_latest) <= announced.announced_on
  WHERE move.known_on <= p_known_at AND move.known_to > p_known_at
  GROUP BY announced.swap_id
),
swap AS (
  SELECT
    announced.* EXCLUDE (facility_id), facility.country_code,
    CASE WHEN facility.facility_id IS NOT NULL THEN coalesce(moved.region_code, facility.region_code) END AS region_code
  FROM announced
  LEFT JOIN _facility_listed_at(p_as_of, p_known_at) AS facility USING (facility_id)
  LEFT JOIN moved ON moved.swap_id = announced.swap_id
),
governing AS (
  SELECT
    swap.*, rule.*, listed.region_code IS NOT NULL AS is_listed, coalesce(listed.is_whole, TRUE) AS is_whole,
    rule_stands_throughout(
      swap.announced_earliest, swap.announced_latest, rule.in_force_from, rule.in_force_to, rule.suspensions
    ) AS is_throughout
  FROM swap
  JOIN _rule_at(p_as_of, p_known_at) AS rule
    ON rule_may_stand(
      swap.announced_earliest, swap.announced_latest, rule.in_force_from, rule.in_force_to, rule.suspensions
    )
    AND list_contains(rule.activities, swap.activity_id)
    AND rule.jurisdiction IN (swap.country_code, swap.region_code)
  LEFT JOIN _rule_region_at(p_as_of, p_known_at) AS listed
    ON listed.rule_id = rule.rule_id AND listed.region_code = swap.region_code
    AND swap.announced_on BETWEEN listed.valid_from AND listed.valid_to
)
SELECT
  swap_id,
  rule_id_1 AS rule_id,
  kind,
  ratio_min,
  exception_ratio_min,
  rule_applies(rule_id_1 = rule_id, regions, region_code, is_listed, is_whole, outside_regions, is_throughout) AS applies
FROM governing
UNION ALL
-- A rule that the notice names counts though it stood elsewhere, earlier or for another activity.
SELECT swap.swap_id, rule.rule_id, rule.kind, rule.ratio_min, rule.exception_ratio_min, TRUE
FROM swap
JOIN _rule_at(p_as_of, p_known_at) AS rule USING (rule_id)
WHERE (swap.swap_id, rule.rule_id) NOT IN (SELECT (swap_id, rule_id_1) FROM governing)
