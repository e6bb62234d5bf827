/* The shares of a firm or facility add up to about 1 %, as fractions of a whole would. Severity: warning. Asked at
   recording. One row per firm or facility that is owned, whose shares come to between 0.1 and 1 %, with each below 1 % or one
   owner; shares are in percent. */
WITH
stated AS (
  SELECT owned_kind, owned_id, list(DISTINCT position) AS positions
  FROM stake_statement SEMI JOIN _touched_owned_at(p_as_of, p_known_at) USING (owned_kind, owned_id)
  WHERE kind = 'issued' AND known_on <= p_known_at AND known_to > p_known_at
    AND effective_day(effective_earliest, effective_latest) <= p_as_of
  GROUP BY owned_kind, owned_id
),
total AS (
  SELECT owned_kind, owned_id, sum(stake_pct) AS stake_pct, count(*) AS owners, max(stake_pct) AS largest
  FROM stake_at(p_as_of, p_known_at) SEMI JOIN _touched_owned_at(p_as_of, p_known_at) USING (owned_kind, owned_id)
  WHERE kind = 'issued' AND stake_pct > 0
  GROUP BY owned_kind, owned_id
)
SELECT
  concat(total.owned_kind, ':', total.owned_id) AS subject,
  concat('all recorded shares add up to ', spoken(total.stake_pct), ' %: are they fractions? 0.6 is recorded as 0.6 %, not as 60 %') AS message,
  stated.positions AS positions
FROM total
JOIN stated USING (owned_kind, owned_id)
WHERE total.stake_pct BETWEEN 0.1 AND CASE total.owners WHEN 1 THEN 1 ELSE 1.01 END
  AND (total.owners = 1 OR total.largest < 1)
