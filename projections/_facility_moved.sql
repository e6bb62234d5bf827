/* One row per facility that had moved by the date: the latest move. */
SELECT
  facility_id,
  arg_max({'region_code': region_code, 'latitude': latitude, 'longitude': longitude, 'position': position},
          moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)) AS latest
FROM facility_move
WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
  AND known_on <= p_known_at AND known_to > p_known_at
GROUP BY facility_id
