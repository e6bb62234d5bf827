/* One row per firm and what it owns a share of or controls: the share that counts (0 when none, or when no source states
   it exactly: `is_vague`), what it is at least and at most, and whether it controls it. A firm controls another when it and the firms it
   controls have more than half of the say in it. Shares give a say unless it is said that control has ended; where control is asserted the say is all. From firms with a majority of their
   own, each round adds what they and those added before control together. */
WITH RECURSIVE
edge AS MATERIALIZED (SELECT * FROM _ownership_edge_at(p_as_of, p_known_at)),
word AS MATERIALIZED (SELECT * FROM _control_word_at(p_as_of, p_known_at)),
vote AS (
  SELECT edge.owner_id AS controller_id, edge.owned_id AS controlled_id, edge.vote_pct
  FROM edge
  LEFT JOIN word ON word.controller_id = edge.owner_id AND word.controlled_id = edge.owned_id
  WHERE edge.owned_kind = 'firm' AND word.controller_id IS NULL
  UNION ALL
  SELECT controller_id, controlled_id, 100::DECIMAL(9, 6)
  FROM word
  WHERE is_asserted
),
grown AS (
  SELECT controller_id, list(controlled_id) AS controlled
  FROM vote
  WHERE vote_pct > 50
  GROUP BY controller_id
  UNION ALL
  SELECT controller_id, list(controlled_id)
  FROM (
    SELECT member.controller_id, vote.controlled_id, member.size
    FROM (
      SELECT controller_id, unnest(list_append(controlled, controller_id)) AS firm_id, len(controlled) AS size FROM grown
    ) AS member
    JOIN vote ON vote.controller_id = member.firm_id AND vote.controlled_id <> member.controller_id
    LEFT JOIN word ON word.controller_id = member.controller_id AND word.controlled_id = vote.controlled_id
    WHERE word.controller_id IS NULL OR word.is_asserted
    GROUP BY member.controller_id, vote.controlled_id, member.size
    HAVING sum(vote.vote_pct) > 50
  )
  GROUP BY controller_id, size
  HAVING count(*) > size
),
control AS (SELECT DISTINCT controller_id, unnest(controlled) AS controlled_id FROM grown)
SELECT
  coalesce(edge.owner_id, control.controller_id) AS owner_id,
  coalesce(edge.owned_kind, 'firm') AS owned_kind,
  coalesce(edge.owned_id, control.controlled_id) AS owned_id,
  coalesce(edge.stake_pct, 0)::DECIMAL(9, 6) AS stake_pct,
  coalesce(edge.is_vague, FALSE) AS is_vague,
  coalesce(edge.low_pct, 0)::DECIMAL(9, 6) AS low_pct,
  coalesce(edge.vote_pct, 0)::DECIMAL(9, 6) AS vote_pct,
  coalesce(edge.stated_as, 'exact') AS stated_as,
  control.controller_id IS NOT NULL AS is_controlled,
  CASE WHEN edge.owner_id IS NULL THEN 0 ELSE edge.high_pct END::DECIMAL(9, 6) AS high_pct
FROM edge
FULL JOIN control
  ON control.controller_id = edge.owner_id AND control.controlled_id = edge.owned_id AND edge.owned_kind = 'firm'
