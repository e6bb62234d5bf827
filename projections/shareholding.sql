/* One row per firm or facility with issued shares: known, unknown and impossible shares. */
WITH holder AS (SELECT * FROM stake_at(p_as_of, p_known_at) WHERE kind = 'issued')
SELECT
  owned_kind, -- firm or facility
  owned_id, -- the firm or facility that is owned
  (count(*) FILTER (WHERE stake_pct > 0 OR stated_as <> 'exact'))::INTEGER AS holder_count, -- number of known holders
  (coalesce(sum(stake_pct) FILTER (WHERE stake_pct > 0), 0))::DECIMAL(18, 6) AS stated_pct, -- percent that sources state exactly for them
  at_least_zero(100 - coalesce(sum(stake_pct) FILTER (WHERE stake_pct > 0), 0))::DECIMAL(9, 6) AS unknown_pct, -- percent of unknown holders, and of known holders whose share no source states exactly
  at_least_zero(coalesce(sum(stake_pct) FILTER (WHERE stake_pct > 0), 0) - 100)::DECIMAL(18, 6) AS excess_pct, -- percent by which the shares exceed 100
  (-coalesce(sum(stake_pct) FILTER (WHERE stake_pct < 0), 0))::DECIMAL(18, 6) AS oversold_pct, -- percent sold by firms whose purchase is not recorded
  coalesce(sum(stake_low) FILTER (WHERE stake_low > 0), 0)::DECIMAL(18, 6) AS stated_low, -- percent of known holders at least
  (CASE WHEN count(stake_high) = count(*) THEN coalesce(sum(stake_high) FILTER (WHERE stake_high > 0), 0) END)::DECIMAL(18, 6) AS stated_high -- percent of known holders at most; NULL when no source bounds one of their shares
FROM holder
GROUP BY owned_kind, owned_id
