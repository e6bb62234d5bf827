/* One row per facility or project that had another name than it was registered with: the latest. */
SELECT kind, id, arg_max({'name': name, 'names': names},
                         moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)) AS latest
FROM place_name
WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
  AND known_on <= p_known_at AND known_to > p_known_at
GROUP BY kind, id
