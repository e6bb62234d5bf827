/* One row per owner and owned firm or facility: the share that counts, of all kinds asked for, on the day of the
   perimeter. A seller whose purchase nobody has recorded stands in `stake` with less than nothing, so that transfers add
   up; it holds nothing here. A share that no source states in percent (`is_vague`) counts with nothing: the owner has at
   least `low_pct`, and a say of `vote_pct`. */
WITH
counted AS (
  SELECT
    owner_id, owned_id, owned_kind, at_least_zero(coalesce(sum(stake_pct), 0)) AS stake_pct,
    bool_or(stated_as <> 'exact') AS is_vague, bool_or(stated_as = 'majority') AS has_majority
  FROM stake_at(perimeter_day(p_as_of), p_known_at)
  WHERE stake_counts(kind)
  GROUP BY owned_kind, owner_id, owned_id
)
SELECT
  owner_id, owned_id, stake_pct::DECIMAL(9, 6) AS stake_pct, owned_kind, is_vague,
  (CASE WHEN has_majority THEN least(greatest(100, stake_pct), stake_pct + 50) ELSE stake_pct END)::DECIMAL(9, 6) AS low_pct,
  (CASE WHEN has_majority THEN stake_pct + 50.000001 ELSE stake_pct END)::DECIMAL(9, 6) AS vote_pct,
  CASE WHEN stake_pct > 0 OR NOT is_vague THEN 'exact' WHEN has_majority THEN 'majority' ELSE 'unknown' END AS stated_as -- of what counts, if anything does
FROM counted
WHERE stake_pct > 0 OR is_vague
