/* One row per facility of which somebody's share has been stated by the day of the perimeter: its capacity is
   attributed by these shares, and what they leave open is unknown. */
SELECT owned_id AS facility_id
FROM stake_statement
WHERE owned_kind = 'facility' AND stake_counts(kind)
  AND effective_day(effective_earliest, effective_latest) <= perimeter_day(p_as_of)
  AND known_on <= p_known_at AND known_to > p_known_at
UNION
SELECT owned_id
FROM stake_transfer
WHERE owned_kind = 'facility'
  AND effective_day(effective_earliest, effective_latest) <= perimeter_day(p_as_of)
  AND known_on <= p_known_at AND known_to > p_known_at
