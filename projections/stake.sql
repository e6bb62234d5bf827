/* One row per owner, owned firm or facility, and kind of share: the share in percent, or its ends where no source states it exactly. For
   issued shares: the last statement on or before the date, plus transfers since. A venture formed states all its shares, so a
   partner it leaves out has none. */
WITH
merged AS MATERIALIZED (SELECT firm_id, into_firm_id FROM _merged_firm_at(p_as_of, p_known_at)),
share AS (
  SELECT
    owned_kind, owned_id, owner_id, kind, sum(stake_pct) AS stake_pct, max(happened_on) AS happened_on,
    sum(stake_low) AS stake_low, CASE WHEN count(stake_high) = count(*) THEN sum(stake_high) END AS stake_high,
    CASE WHEN count(*) = 1 THEN any_value(written) END AS written, stated_together(stated_as, stake_pct) AS stated_as
  FROM _stake_term_at(p_as_of, p_known_at)
  GROUP BY owned_kind, owned_id, owner_id, kind
)
SELECT
  share.owned_id AS owned_id, -- the firm or facility that is owned
  coalesce(merged.into_firm_id, share.owner_id) AS owner_id, -- the firm that owns, after mergers
  (CASE WHEN bool_and(share.stated_as = 'exact') THEN sum(share.stake_pct) END)::DECIMAL(9, 6) AS stake_pct, -- percent; NULL when no source states it exactly
  share.kind AS kind, -- issued, as_converted, option or planned
  max(share.happened_on) AS since, -- day of the last event that counts
  share.owned_kind AS owned_kind, -- firm or facility
  stated_together(share.stated_as, share.stake_pct) AS stated_as, -- exact; range when it has ends; majority (more than 50 %) or unknown when no source states the percentage
  (CASE stated_together(share.stated_as, share.stake_pct) WHEN 'exact' THEN sum(share.stake_low) WHEN 'majority' THEN 50
     WHEN 'range' THEN at_least_zero(least(100, sum(share.stake_low))) ELSE 0 END)::DECIMAL(9, 6) AS stake_low, -- percent at least
  (CASE WHEN stated_together(share.stated_as, share.stake_pct) = 'exact' THEN sum(share.stake_high)
        WHEN count(share.stake_high) = count(*) THEN at_least_zero(least(100, sum(share.stake_high))) END)::DECIMAL(9, 6) AS stake_high, -- percent at most; NULL when no source bounds it
  CASE WHEN count(*) = 1 AND stated_together(share.stated_as, share.stake_pct) <> 'exact' THEN any_value(share.written) END AS written -- how one source states it, if not exactly: 25-50, >= 25, <= 30, about 30, majority or unknown
FROM share
LEFT JOIN merged ON merged.firm_id = share.owner_id
LEFT JOIN merged AS gone ON gone.firm_id = share.owned_id AND share.owned_kind = 'firm'
WHERE gone.firm_id IS NULL
GROUP BY share.owned_kind, share.owned_id, coalesce(merged.into_firm_id, share.owner_id), share.kind
HAVING (sum(share.stake_pct) <> 0 OR bool_or(share.stated_as <> 'exact'))
   AND (share.owned_kind = 'facility' OR share.owned_id <> coalesce(merged.into_firm_id, share.owner_id))
