/* An owner has sold more shares than it had. Severity: error. Asked at recording. One row per owner and
   owned firm. */
WITH touched AS (SELECT DISTINCT owned_kind, owned_id FROM stake_transfer WHERE is_new(position))
SELECT
  'firm:' || stake.owner_id AS subject,
  concat('sold ', spoken(-stake.stake_pct), ' % more of ', stake.owned_id, ' than it had') AS message,
  list(DISTINCT transfer.position) AS positions
FROM (FROM stake_at(p_as_of, p_known_at) SEMI JOIN touched USING (owned_kind, owned_id)) AS stake
JOIN stake_transfer AS transfer ON transfer.owned_id = stake.owned_id AND transfer.change_pct < 0
LEFT JOIN _merged_firm_at(p_as_of, p_known_at) AS merged ON merged.firm_id = transfer.owner_id
WHERE stake.kind = 'issued' AND stake.stake_pct < 0
  AND coalesce(merged.into_firm_id, transfer.owner_id) = stake.owner_id
  AND effective_day(transfer.effective_earliest, transfer.effective_latest) <= p_as_of
  AND transfer.known_on <= p_known_at AND transfer.known_to > p_known_at
GROUP BY stake.owner_id, stake.owned_id, stake.stake_pct
