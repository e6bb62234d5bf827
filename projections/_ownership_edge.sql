/* One row per owner and owned firm or facility: the share that counts, of all kinds asked for, on the day of the
   perimeter. A seller whose purchase nobody has recorded stands in `stake` with less than nothing, so that transfers add
   up; it holds nothing here. */
SELECT owner_id, owned_id, sum(stake_pct)::DECIMAL(9, 6) AS stake_pct, owned_kind
FROM stake_at(perimeter_day(p_as_of), p_known_at)
WHERE stake_counts(kind)
GROUP BY owned_kind, owner_id, owned_id
HAVING sum(stake_pct) > 0
