/* One row per pair of firms of which somebody said that the one controls the other, or no longer does: the last word on
   or before the day of the perimeter, after mergers. */
WITH
merged AS (SELECT * FROM _merged_firm_at(perimeter_day(p_as_of), p_known_at)),
said AS (
  SELECT
    coalesce(into_other.into_firm_id, statement.controller_id) AS controller_id,
    statement.controlled_id,
    arg_max(
      {'is_asserted': statement.is_asserted, 'rationale': statement.rationale, 'position': statement.position,
       'since': effective_day(statement.effective_earliest, statement.effective_latest)},
      moment(effective_day(statement.effective_earliest, statement.effective_latest), statement.order_known_on, statement.order_position)
    ) AS word
  FROM control_statement AS statement
  LEFT JOIN merged AS into_other ON into_other.firm_id = statement.controller_id
  WHERE effective_day(statement.effective_earliest, statement.effective_latest) <= perimeter_day(p_as_of)
    AND statement.known_on <= p_known_at AND statement.known_to > p_known_at
  GROUP BY ALL
)
SELECT
  controller_id, controlled_id,
  word.is_asserted AS is_asserted, word.rationale AS rationale, word.since AS since, word.position AS position
FROM said
WHERE controlled_id <> controller_id AND controlled_id NOT IN (SELECT firm_id FROM merged)
