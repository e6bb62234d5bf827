/* The shares of a firm or facility add up to more than 100 %. Severity: error. Asked at recording.
   One row per firm or facility that is owned, whose shares exceed 100 % by more than rounding explains: one unit of the
   last decimal written for each. */
WITH
touched AS (
  SELECT owned_kind, owned_id FROM stake_statement WHERE is_new(position)
  UNION
  SELECT owned_kind, owned_id FROM stake_transfer WHERE is_new(position)
),
total AS (
  SELECT owned_kind, owned_id, sum(stake_pct) AS stake_pct, count(*) AS owners
  FROM stake_at(p_as_of, p_known_at) SEMI JOIN touched USING (owned_kind, owned_id)
  WHERE kind = 'issued' AND stake_pct > 0
  GROUP BY owned_kind, owned_id
  HAVING sum(stake_pct) > 100 + rounding_of_shares(count(*), max(decimals_of(stake_pct)))
),
event AS (
  SELECT owned_kind, owned_id, position, effective_earliest, effective_latest, known_on, known_to FROM stake_statement WHERE kind = 'issued'
  UNION ALL
  SELECT owned_kind, owned_id, position, effective_earliest, effective_latest, known_on, known_to FROM stake_transfer
)
SELECT
  concat(total.owned_kind, ':', total.owned_id) AS subject,
  concat('the issued shares of ', total.owners, ' owners add up to ', spoken(total.stake_pct), ' %') AS message,
  list(DISTINCT event.position) AS positions
FROM total
JOIN event ON event.owned_kind = total.owned_kind AND event.owned_id = total.owned_id
WHERE effective_day(event.effective_earliest, event.effective_latest) <= p_as_of
  AND event.known_on <= p_known_at AND event.known_to > p_known_at
GROUP BY total.owned_kind, total.owned_id, total.owners, total.stake_pct
