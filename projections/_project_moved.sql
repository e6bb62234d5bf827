/* One row per project that had moved to another facility by the date: the latest move. */
SELECT
  project_id,
  arg_max({'facility_id': facility_id, 'position': position},
          moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)) AS latest
FROM project_move
WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
  AND known_on <= p_known_at AND known_to > p_known_at
GROUP BY project_id
