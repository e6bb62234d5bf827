/* One row per firm and firm that it controls: by assertion, by its own majority, or with the shares of firms that it
   controls. With a perimeter, as of its day. */
WITH
pair AS MATERIALIZED (SELECT * FROM _group_at(p_as_of, p_known_at) WHERE owned_kind = 'firm'),
control AS (SELECT owner_id AS controller_id, owned_id AS controlled_id, stake_pct, vote_pct, is_vague, low_pct, high_pct FROM pair WHERE is_controlled),
member AS (
  SELECT controller_id, controlled_id AS firm_id FROM control
  UNION
  SELECT controller_id, controller_id FROM control
),
together AS (
  SELECT control.controller_id, control.controlled_id, sum(pair.stake_pct) AS stake_pct
  FROM control
  JOIN member ON member.controller_id = control.controller_id AND member.firm_id <> control.controlled_id
  JOIN pair ON pair.owner_id = member.firm_id AND pair.owned_id = control.controlled_id
  GROUP BY control.controller_id, control.controlled_id
)
SELECT
  control.controller_id AS controller_id, -- the firm that controls
  control.controlled_id AS controlled_id, -- the firm that is controlled
  CASE WHEN word.is_asserted THEN 'asserted' WHEN control.vote_pct > 50 THEN 'majority' ELSE 'group' END AS basis, -- asserted, majority (of its own) or group (with firms it controls)
  CASE WHEN NOT control.is_vague THEN control.stake_pct END AS stake_pct, -- percent that it holds itself; NULL when no source states it exactly
  coalesce(together.stake_pct, 0)::DECIMAL(18, 6) AS group_stake_pct, -- percent that sources state exactly for it and the firms it controls
  word.rationale AS rationale, -- basis of an asserted control
  control.low_pct AS stake_low, -- percent that it holds itself at least
  control.high_pct AS stake_high -- percent that it holds itself at most; NULL when no source bounds it
FROM control
LEFT JOIN together USING (controller_id, controlled_id)
LEFT JOIN _control_word_at(p_as_of, p_known_at) AS word USING (controller_id, controlled_id)
