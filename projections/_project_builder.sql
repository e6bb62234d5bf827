/* One row per project whose firm had changed by the date: the latest. Before the first change, the registration says who
   builds it. */
SELECT
  project_id,
  arg_max({'firm_id': firm_id, 'position': position},
          moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)) AS latest
FROM project_transfer
WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
  AND known_on <= p_known_at AND known_to > p_known_at
GROUP BY project_id
