/* One row per firm or facility whose issued shares add up to more than 100 %, a majority counted as 50 %, another share by its lower end, among those
   touched: whether rounding explains it, by one unit of the last decimal written for each share, and the events that state or transfer its shares. */
WITH
total AS (
  SELECT
    owned_kind, owned_id, sum(stake_low) AS stake_pct, count(*) AS owners, bool_or(stated_as = 'majority') AS has_majority, bool_or(stated_as = 'range') AS has_range,
    bool_and(stake_pct IS NOT NULL)
      AND sum(stake_pct) <= 100 + rounding_of_shares(count(*), max(decimals_of(stake_pct))) AS is_rounding
  FROM stake_at(p_as_of, p_known_at) SEMI JOIN _touched_owned_at(p_as_of, p_known_at) USING (owned_kind, owned_id)
  WHERE kind = 'issued' AND stake_low > 0
  GROUP BY owned_kind, owned_id
  HAVING sum(stake_low) > CASE WHEN bool_or(stated_as = 'majority') THEN 99.999999 ELSE 100 END
),
event AS (
  SELECT owned_kind, owned_id, position, effective_earliest, effective_latest, known_on, known_to FROM stake_statement WHERE kind = 'issued'
  UNION ALL
  SELECT owned_kind, owned_id, position, effective_earliest, effective_latest, known_on, known_to FROM stake_transfer
)
SELECT
  total.owned_kind, total.owned_id, total.owners, total.stake_pct, total.has_majority, total.has_range, total.is_rounding, list(DISTINCT event.position) AS positions
FROM total
JOIN event ON event.owned_kind = total.owned_kind AND event.owned_id = total.owned_id
WHERE effective_day(event.effective_earliest, event.effective_latest) <= p_as_of
  AND event.known_on <= p_known_at AND event.known_to > p_known_at
GROUP BY ALL
