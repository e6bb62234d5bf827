/* One row per owner, owned firm or facility, and kind of share: the share in percent, or that no source states it. For
   issued shares: the last statement on or before the date, plus transfers since. A venture formed states all its shares, so a
   partner it leaves out has none. */
WITH
merged AS MATERIALIZED (SELECT firm_id, into_firm_id FROM _merged_firm_at(p_as_of, p_known_at)),
share AS (
  SELECT
    owned_kind, owned_id, owner_id, kind, sum(stake_pct) AS stake_pct, max(happened_on) AS happened_on,
    stated_together(stated_as, stake_pct) AS stated_as
  FROM _stake_term_at(p_as_of, p_known_at)
  GROUP BY owned_kind, owned_id, owner_id, kind
)
SELECT
  share.owned_id AS owned_id, -- the firm or facility that is owned
  coalesce(merged.into_firm_id, share.owner_id) AS owner_id, -- the firm that owns, after mergers
  (CASE WHEN bool_and(share.stated_as = 'exact') THEN sum(share.stake_pct) END)::DECIMAL(9, 6) AS stake_pct, -- percent; NULL when no source states it
  share.kind AS kind, -- issued, as_converted, option or planned
  max(share.happened_on) AS since, -- day of the last event that counts
  share.owned_kind AS owned_kind, -- firm or facility
  stated_together(share.stated_as, share.stake_pct) AS stated_as -- exact; majority (more than 50 %) or unknown when no source states the percentage
FROM share
LEFT JOIN merged ON merged.firm_id = share.owner_id
LEFT JOIN merged AS gone ON gone.firm_id = share.owned_id AND share.owned_kind = 'firm'
WHERE gone.firm_id IS NULL
GROUP BY share.owned_kind, share.owned_id, coalesce(merged.into_firm_id, share.owner_id), share.kind
HAVING (sum(share.stake_pct) <> 0 OR bool_or(share.stated_as <> 'exact'))
   AND (share.owned_kind = 'facility' OR share.owned_id <> coalesce(merged.into_firm_id, share.owner_id))
