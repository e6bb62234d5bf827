/* One row per firm and chain of shares from it to a firm or facility, without repetition; and one row without a chain
   for what cycles add. The rows of a pair add up to the attributed share. For one firm of a large ledger: SET VARIABLE
   root = 'its-id'. With a perimeter, the shares of its day. */
SELECT
  root_id, -- the firm whose share it is
  owned_id, -- the firm or facility at the end of the chain
  path, -- ids from the first to the last; NULL for what cycles add
  (share * 100)::DECIMAL(18, 6) AS stake_pct, -- percent: the product of the shares along the chain; NULL when it does not converge
  owned_kind, -- firm or facility
  (len(path) - 1)::INTEGER AS steps, -- number of shares in the chain
  path IS NULL AS is_cyclic -- whether the row is what cycles add
FROM _ownership_path_at(p_as_of, p_known_at)
WHERE path IS NOT NULL OR share IS NULL OR abs(share * 100) >= 0.0000005
