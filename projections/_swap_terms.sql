/* One row per swap that was announced by the date: its terms as amended, and what became of it. Each term is the last
   stated; legs are those of the last statement that gives any. */
WITH
statement AS (
  SELECT *, moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened
  FROM swap_statement
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
    AND is_swap_asked(swap_id)
),
terms AS (
  SELECT
    swap_id,
    arg_max(effective_day(effective_earliest, effective_latest), happened) FILTER (WHERE is_announcement) AS announced_on,
    max(happened) FILTER (WHERE is_announcement) AS announced_moment,
    arg_max({'earliest': effective_earliest, 'latest': effective_latest}, happened) FILTER (WHERE is_announcement) AS announced,
    arg_max(project_id, happened) AS project_id,
    arg_max(activity_id, happened) AS activity_id,
    arg_max({'capacity': build_capacity, 'position': position}, happened) FILTER (WHERE states_build) AS build,
    arg_max(ratio, happened) AS ratio,
    arg_max(rule_id, happened) AS rule_id,
    arg_max(position, happened) FILTER (WHERE states_legs) AS legs_position,
    arg_max(authority, happened) AS authority,
    arg_max(document_no, happened) AS document_no,
    list_sort(list(position)) AS positions
  FROM statement
  GROUP BY swap_id
),
outcome AS (
  SELECT
    swap_id,
    count(*) FILTER (WHERE outcome = 'objection') AS objections,
    min(effective_day(effective_earliest, effective_latest)) FILTER (WHERE outcome = 'revoked') AS revoked_on
  FROM swap_outcome
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY swap_id
)
SELECT
  terms.swap_id,
  terms.announced_on,
  terms.announced_moment,
  terms.announced.earliest AS announced_earliest,
  terms.announced.latest AS announced_latest,
  terms.project_id,
  terms.activity_id,
  terms.build.capacity AS build_capacity,
  terms.build.position AS build_position,
  terms.ratio,
  terms.rule_id,
  terms.legs_position,
  terms.authority,
  terms.document_no,
  coalesce(outcome.objections, 0) AS objections,
  outcome.revoked_on,
  terms.positions
FROM terms
LEFT JOIN outcome USING (swap_id)
WHERE terms.announced_on IS NOT NULL
