/* One row per owner and owned firm or facility: the share that counts, of all kinds asked for, on the day of the
   perimeter. A seller whose purchase nobody has recorded stands in `stake` with less than nothing, so that transfers add
   up; it holds nothing here. A share that no source states exactly (`is_vague`) counts with nothing: the owner has at
   least `low_pct`, at most `high_pct` (NULL where nothing bounds it), and a say of `vote_pct`. */
WITH
counted AS (
  SELECT
    owner_id, owned_id, owned_kind, at_least_zero(coalesce(sum(stake_pct), 0)) AS stake_pct,
    bool_or(stated_as <> 'exact') AS is_vague, bool_or(stated_as = 'majority') AS has_majority,
    bool_or(stated_as = 'range') AS has_range, coalesce(sum(stake_low) FILTER (WHERE stated_as <> 'exact'), 0) AS more_low,
    sum(stake_high) FILTER (WHERE stated_as <> 'exact') AS more_high,
    bool_or(stated_as <> 'exact' AND stake_high IS NULL) AS is_open
  FROM stake_at(perimeter_day(p_as_of), p_known_at)
  WHERE stake_counts(kind)
  GROUP BY owned_kind, owner_id, owned_id
)
SELECT
  owner_id, owned_id, stake_pct::DECIMAL(9, 6) AS stake_pct, owned_kind, is_vague,
  least(greatest(100, stake_pct), stake_pct + more_low)::DECIMAL(9, 6) AS low_pct,
  (stake_pct + more_low + CASE WHEN has_majority THEN 0.000001 ELSE 0 END)::DECIMAL(9, 6) AS vote_pct,
  CASE WHEN stake_pct > 0 OR NOT is_vague THEN 'exact' WHEN has_majority THEN 'majority' WHEN has_range THEN 'range'
       ELSE 'unknown' END AS stated_as, -- of what counts, if anything does
  (CASE WHEN NOT is_open THEN least(greatest(100, stake_pct), stake_pct + coalesce(more_high, 0)) END)::DECIMAL(9, 6) AS high_pct
FROM counted
WHERE stake_pct > 0 OR is_vague
