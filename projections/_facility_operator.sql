/* One row per facility whose operator had changed by the date: the latest. Before the first change, the registration
   says who runs it. */
SELECT
  facility_id,
  arg_max({'operator_id': operator_id, 'position': position},
          moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)) AS latest
FROM facility_transfer
WHERE operator_id IS NOT NULL
  AND effective_day(effective_earliest, effective_latest) <= p_as_of
  AND known_on <= p_known_at AND known_to > p_known_at
GROUP BY facility_id
