/* One row per owner, owned firm or facility, and kind of share: the share in percent. For issued shares: the last
   statement on or before the date, plus transfers since. A venture formed states all its shares, so a partner it leaves
   out has none. */
WITH merged AS MATERIALIZED (SELECT firm_id, into_firm_id FROM _merged_firm_at(p_as_of, p_known_at))
SELECT
  term.owned_id AS owned_id, -- the firm or facility that is owned
  coalesce(merged.into_firm_id, term.owner_id) AS owner_id, -- the firm that owns, after mergers
  sum(term.stake_pct)::DECIMAL(9, 6) AS stake_pct, -- percent
  term.kind AS kind, -- issued, as_converted, option or planned
  max(term.happened_on) AS since, -- day of the last event that counts
  term.owned_kind AS owned_kind -- firm or facility
FROM _stake_term_at(p_as_of, p_known_at) AS term
LEFT JOIN merged ON merged.firm_id = term.owner_id
LEFT JOIN merged AS gone ON gone.firm_id = term.owned_id AND term.owned_kind = 'firm'
WHERE gone.firm_id IS NULL
GROUP BY term.owned_kind, term.owned_id, coalesce(merged.into_firm_id, term.owner_id), term.kind
HAVING sum(term.stake_pct) <> 0
   AND (term.owned_kind = 'facility' OR term.owned_id <> coalesce(merged.into_firm_id, term.owner_id))
