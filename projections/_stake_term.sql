/* One row per event and side that counts towards a share: what it adds to the share of an owner in a firm or facility, or
   that no source states the exact percentage (`stated_as`), with its ends (`stake_high` is NULL where nothing bounds it). For issued shares: the last statement on or before the date, and the transfers since. A venture formed states all its
   shares, so a partner it leaves out has none. A venture that is dissolved ends shares of every kind. */
WITH
stated AS (
  SELECT
    owned_kind, owned_id, owner_id, stake_pct, stated_as, stake_low, stake_high, written, kind, is_whole, is_dissolution, position,
    effective_day(effective_earliest, effective_latest) AS happened_on,
    moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened
  FROM stake_statement
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
),
whole AS (
  SELECT owned_kind, owned_id, max(happened) AS happened, max(happened) FILTER (WHERE is_dissolution) AS ended
  FROM stated
  WHERE is_whole
  GROUP BY owned_kind, owned_id
),
base AS (
  SELECT
    owned_kind, owned_id, owner_id, kind,
    arg_max_null(stake_pct, happened) AS stake_pct, arg_max(stated_as, happened) AS stated_as,
    arg_max(stake_low, happened) AS stake_low, arg_max_null(stake_high, happened) AS stake_high,
    arg_max(written, happened) AS written, arg_max(position, happened) AS position,
    max(happened) AS happened, max(happened_on) AS happened_on
  FROM stated
  GROUP BY owned_kind, owned_id, owner_id, kind
),
transfer AS (
  SELECT
    owned_kind, owned_id, owner_id, change_pct, position,
    effective_day(effective_earliest, effective_latest) AS happened_on,
    moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened
  FROM stake_transfer
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
)
SELECT position, owned_kind, owned_id, owner_id, kind, stake_pct, stated_as, happened_on, stake_low, stake_high, written
FROM base LEFT JOIN whole USING (owned_kind, owned_id)
WHERE base.happened >= coalesce(CASE WHEN kind = 'issued' THEN whole.happened ELSE whole.ended END, 0)
UNION ALL
SELECT
  transfer.position, transfer.owned_kind, transfer.owned_id, transfer.owner_id, 'issued', transfer.change_pct, 'exact', transfer.happened_on,
  transfer.change_pct, transfer.change_pct, NULL
FROM transfer
LEFT JOIN whole USING (owned_kind, owned_id)
LEFT JOIN base ON base.owned_kind = transfer.owned_kind AND base.owned_id = transfer.owned_id
  AND base.owner_id = transfer.owner_id AND base.kind = 'issued'
WHERE transfer.happened > greatest(coalesce(whole.happened, 0), coalesce(base.happened, 0))
