/* One row per venture that had been dissolved by the date, and not formed again since. */
SELECT owned_id AS firm_id
FROM stake_statement
WHERE is_whole AND owned_kind = 'firm'
  AND effective_day(effective_earliest, effective_latest) <= p_as_of
  AND known_on <= p_known_at AND known_to > p_known_at
GROUP BY owned_id
HAVING arg_max(is_dissolution, moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position))
