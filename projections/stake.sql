/* One row per owner, owned firm and kind of share: the share in percent. For issued shares: the last statement on or
   before the date, plus transfers since. A venture formed states all its shares, so a partner it leaves out has none. */
WITH
stated AS (
  SELECT
    owned_id, owner_id, stake_pct, kind, is_whole,
    effective_day(effective_earliest, effective_latest) AS day,
    moment(effective_day(effective_earliest, effective_latest), order_position) AS happened
  FROM stake_statement
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
whole AS (
  SELECT owned_id, max(happened) AS happened FROM stated WHERE is_whole GROUP BY owned_id
),
base AS (
  SELECT owned_id, owner_id, kind, arg_max(stake_pct, happened) AS stake_pct, max(happened) AS happened, max(day) AS day
  FROM stated
  GROUP BY owned_id, owner_id, kind
),
transfer AS (
  SELECT
    owned_id, owner_id, change_pct,
    effective_day(effective_earliest, effective_latest) AS day,
    moment(effective_day(effective_earliest, effective_latest), order_position) AS happened
  FROM stake_transfer
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
term AS (
  SELECT owned_id, owner_id, kind, stake_pct, day
  FROM base LEFT JOIN whole USING (owned_id)
  WHERE kind <> 'issued' OR whole.happened IS NULL OR base.happened >= whole.happened
  UNION ALL
  SELECT transfer.owned_id, transfer.owner_id, 'issued', transfer.change_pct, transfer.day
  FROM transfer
  LEFT JOIN whole USING (owned_id)
  LEFT JOIN base ON base.owned_id = transfer.owned_id AND base.owner_id = transfer.owner_id AND base.kind = 'issued'
  WHERE transfer.happened > greatest(coalesce(whole.happened, 0), coalesce(base.happened, 0))
)
SELECT
  term.owned_id AS owned_id, -- the firm that is owned
  coalesce(merged.into_firm_id, term.owner_id) AS owner_id, -- the firm that owns, after mergers
  sum(term.stake_pct)::DECIMAL(9, 6) AS stake_pct, -- percent
  term.kind AS kind, -- issued, as_converted, option or planned
  max(term.day) AS since -- day of the last event that counts
FROM term
LEFT JOIN _merged_firm_at(p_as_of, p_known_at) AS merged ON merged.firm_id = term.owner_id
LEFT JOIN _merged_firm_at(p_as_of, p_known_at) AS gone ON gone.firm_id = term.owned_id
WHERE gone.firm_id IS NULL
GROUP BY term.owned_id, coalesce(merged.into_firm_id, term.owner_id), term.kind
HAVING sum(term.stake_pct) <> 0 AND term.owned_id <> coalesce(merged.into_firm_id, term.owner_id)
