/* The shares of a firm add up to more than 100 %. Severity: error. One row per firm that is owned. */
WITH
total AS (
  SELECT owned_id, sum(stake_pct) AS stake_pct, count(*) AS owners
  FROM stake_at(p_as_of, p_known_at)
  WHERE kind = 'issued' AND stake_pct > 0
  GROUP BY owned_id
  HAVING sum(stake_pct) > 100
),
event AS (
  SELECT owned_id, position, effective_earliest, effective_latest, known_on, known_to FROM stake_statement WHERE kind = 'issued'
  UNION ALL
  SELECT owned_id, position, effective_earliest, effective_latest, known_on, known_to FROM stake_transfer
)
SELECT
  'firm:' || total.owned_id AS subject,
  concat('the issued shares of ', total.owners, ' owners add up to ', spoken(total.stake_pct), ' %') AS message,
  list(DISTINCT event.position) AS positions
FROM total
JOIN event ON event.owned_id = total.owned_id
WHERE effective_day(event.effective_earliest, event.effective_latest) <= p_as_of
  AND event.known_on <= p_known_at AND event.known_to > p_known_at
GROUP BY total.owned_id, total.owners, total.stake_pct
