/* One row per firm, activity, status and basis: the capacity that it holds. What is attributed goes through the product
   of shares over all chains of ownership: what a firm holds is passed on to its owners, round after round, until what is
   passed on is nothing (1e-8). Things that are not exact are counted, as are those that a firm has through a share whose
   percentage no source states exactly: nothing of them counts, and the share is at least `low_pct` and at most `high_pct`. After 2,000 rounds, or where
   it grows beyond all bounds, the firm and all its owners are marked: their chains do not converge, and there is no figure.
   With the variable holders (a list of ids), only what those firms and the firms below them hold. */
WITH RECURSIVE
every_edge AS MATERIALIZED (SELECT * FROM _group_at(p_as_of, p_known_at)),
-- The firms of the variable holders, and all below them: what those hold depends on no other firm.
below AS (
  SELECT unnest(getvariable('holders')::VARCHAR[]) AS firm_id
  UNION
  SELECT every_edge.owned_id
  FROM below JOIN every_edge ON every_edge.owner_id = below.firm_id AND every_edge.owned_kind = 'firm'
),
edge AS MATERIALIZED (
  SELECT * FROM every_edge WHERE getvariable('holders') IS NULL OR owner_id IN (SELECT firm_id FROM below)
),
every_thing AS MATERIALIZED (SELECT * FROM _held_thing_at(p_as_of, p_known_at)),
thing AS MATERIALIZED (
  SELECT * FROM every_thing WHERE getvariable('holders') IS NULL OR operator_id IN (SELECT firm_id FROM below)
),
-- A firm's own share of a thing: of a shared facility as stated, of any other all of it if the firm operates it.
own AS MATERIALIZED (
  SELECT operator_id AS firm_id, thing_kind, thing_id, activity_id, status, capacity, is_inexact, low, high,
    100::DECIMAL(9, 6) AS stake_pct, FALSE AS is_vague, 100::DECIMAL(9, 6) AS low_pct, 100::DECIMAL(9, 6) AS high_pct,
    100::DECIMAL(9, 6) AS vote_pct
  FROM thing
  WHERE operator_id IS NOT NULL AND NOT is_shared
  UNION ALL
  SELECT edge.owner_id, thing.thing_kind, thing.thing_id, thing.activity_id, thing.status, thing.capacity, thing.is_inexact, thing.low, thing.high,
    edge.stake_pct, edge.is_vague, edge.low_pct, edge.high_pct, edge.vote_pct
  FROM every_thing AS thing
  JOIN edge ON edge.owned_kind = 'facility' AND edge.owned_id = thing.facility_id AND (edge.stake_pct > 0 OR edge.is_vague)
),
member AS (
  SELECT owner_id AS controller_id, owned_id AS controlled_id FROM edge WHERE is_controlled
  UNION ALL
  SELECT DISTINCT firm_id, firm_id FROM own
),
controlled AS (
  SELECT member.controller_id AS firm_id, own.activity_id, own.status, any_value(own.capacity) AS capacity,
    any_value(own.is_inexact) AS is_inexact, any_value(own.low) AS low, any_value(own.high) AS high
  FROM member JOIN own ON own.firm_id = member.controlled_id
  GROUP BY member.controller_id, own.thing_kind, own.thing_id, own.activity_id, own.status
  HAVING sum(own.vote_pct) > 50
),
-- Numbers for names: comparing numbers is several times faster.
firm_number AS MATERIALIZED (
  SELECT firm_id, row_number() OVER ()::INTEGER AS number
  FROM (
    SELECT owner_id AS firm_id FROM edge
    UNION SELECT owned_id FROM edge WHERE owned_kind = 'firm'
    UNION SELECT firm_id FROM own
  )
),
account AS MATERIALIZED (
  SELECT activity_id, status, row_number() OVER ()::INTEGER AS number
  FROM (SELECT DISTINCT activity_id, status FROM own)
),
numbered_edge AS MATERIALIZED (
  SELECT owner.number AS owner, owned.number AS owned, edge.stake_pct, edge.low_pct, edge.high_pct, edge.is_vague
  FROM edge
  JOIN firm_number AS owner ON owner.firm_id = edge.owner_id
  JOIN firm_number AS owned ON owned.firm_id = edge.owned_id
  WHERE edge.owned_kind = 'firm'
),
-- What counts of a share, and the ends of one that no source states exactly. Where nothing bounds it, its low end stands in
-- for the upper one, which then is not shown.
link AS MATERIALIZED (SELECT owner, owned, stake_pct::DOUBLE / 100 AS share FROM numbered_edge WHERE stake_pct > 0),
any_link AS MATERIALIZED (
  SELECT
    owner, owned, is_vague, is_vague AND high_pct IS NULL AS is_open, stake_pct::DOUBLE / 100 AS share,
    low_pct::DOUBLE / 100 AS low_share, coalesce(high_pct, low_pct)::DOUBLE / 100 AS high_share
  FROM numbered_edge
  WHERE stake_pct > 0 OR is_vague
),
vague_link AS MATERIALIZED (
  SELECT owner, owned, is_open, low_share - share AS more_low, high_share - share AS more_high FROM any_link WHERE is_vague
),
passed AS (
  SELECT firm_number.number AS firm, account.number AS account,
         sum(own.capacity * own.stake_pct / 100)::DOUBLE AS capacity, 0 AS round
  FROM own
  JOIN firm_number USING (firm_id)
  JOIN account USING (activity_id, status)
  GROUP BY firm_number.number, account.number
  UNION ALL
  SELECT link.owner, passed.account, sum(passed.capacity * link.share), max(passed.round) + 1
  FROM passed JOIN link ON link.owned = passed.firm
  WHERE passed.round < 2000 AND abs(passed.capacity) < 1e24
  GROUP BY link.owner, passed.account
  HAVING abs(sum(passed.capacity * link.share)) > 1e-8
),
endless AS (
  SELECT firm, account FROM passed WHERE round = 2000 OR abs(capacity) >= 1e24
  UNION
  SELECT link.owner, endless.account FROM endless JOIN link ON link.owned = endless.firm
),
-- The firms of which a firm has a vague share, and all below them.
below_vague AS (
  SELECT DISTINCT owned AS top, owned AS firm FROM vague_link
  UNION
  SELECT below_vague.top, any_link.owned FROM below_vague JOIN any_link ON any_link.owner = below_vague.firm
),
-- Of what is not exact, itself or for a firm by its share: each firm with a part of it, itself or through others, and
-- whether nothing bounds that part.
part AS MATERIALIZED (
  SELECT
    firm_number.number AS firm, own.thing_kind, own.thing_id, account.number AS account,
    own.is_inexact OR own.is_vague AS is_inexact, own.high IS NULL OR own.high_pct IS NULL AS is_open
  FROM own
  JOIN firm_number USING (firm_id)
  JOIN account USING (activity_id, status)
  WHERE own.is_inexact OR own.is_vague OR EXISTS (FROM vague_link)
),
-- One bit for each, in words of 60: with circles of stakes, most firms reach most of them.
inexact_thing AS MATERIALIZED (
  SELECT thing_kind, thing_id, account, number // 60 AS word, 1::BIGINT << (number % 60)::INTEGER AS bit
  FROM (
    SELECT thing_kind, thing_id, account, row_number() OVER (ORDER BY account) - 1 AS number
    FROM (SELECT DISTINCT thing_kind, thing_id, account FROM part)
  )
),
inexact_word AS MATERIALIZED (
  SELECT word, account, bit_or(bit) AS bits FROM inexact_thing GROUP BY word, account
),
vague USING KEY (firm, word) AS (
  SELECT firm, word, bit_or(bit) AS bits, bit_or(CASE WHEN is_open THEN bit ELSE 0 END) AS open_bits
  FROM (
    SELECT part.firm, inexact_thing.word, inexact_thing.bit, part.is_open
    FROM part JOIN inexact_thing USING (thing_kind, thing_id, account)
    WHERE part.is_inexact
    UNION ALL
    SELECT vague_link.owner, inexact_thing.word, inexact_thing.bit, vague_link.is_open
    FROM vague_link
    JOIN below_vague ON below_vague.top = vague_link.owned
    JOIN part ON part.firm = below_vague.firm
    JOIN inexact_thing USING (thing_kind, thing_id, account)
  )
  GROUP BY firm, word
  UNION
  SELECT
    passed_on.firm, passed_on.word, passed_on.bits | coalesce(known.bits, 0), passed_on.open_bits | coalesce(known.open_bits, 0)
  FROM (
    SELECT
      any_link.owner AS firm, vague.word, bit_or(vague.bits) AS bits,
      bit_or(CASE WHEN any_link.is_open THEN vague.bits ELSE vague.open_bits END) AS open_bits
    FROM vague JOIN any_link ON any_link.owned = vague.firm
    GROUP BY any_link.owner, vague.word
  ) AS passed_on
  LEFT JOIN recurring.vague AS known ON known.firm = passed_on.firm AND known.word = passed_on.word
  WHERE known.firm IS NULL
    OR (passed_on.bits | known.bits) <> known.bits OR (passed_on.open_bits | known.open_bits) <> known.open_bits
),
-- By how much the ends of what is not exact differ from what is counted of it, passed on like the capacity itself. Of a
-- vague share nothing is counted, so that its ends add all that is there at least and at most.
passed_end AS (
  SELECT firm, account, sum(more_low) AS more_low, sum(more_high) AS more_high, 0 AS round
  FROM (
    SELECT
      firm_number.number AS firm, account.number AS account,
      (own.low * own.low_pct / 100 - own.capacity * own.stake_pct / 100)::DOUBLE AS more_low,
      (coalesce(own.high, own.low) * coalesce(own.high_pct, own.low_pct) / 100
       - own.capacity * own.stake_pct / 100)::DOUBLE AS more_high
    FROM own
    JOIN firm_number USING (firm_id)
    JOIN account USING (activity_id, status)
    WHERE own.is_inexact OR own.is_vague
    UNION ALL
    SELECT vague_link.owner, passed.account, passed.capacity * vague_link.more_low, passed.capacity * vague_link.more_high
    FROM passed JOIN vague_link ON vague_link.owned = passed.firm
  )
  GROUP BY firm, account
  UNION ALL
  SELECT any_link.owner, passed_end.account, sum(passed_end.more_low * any_link.low_share), sum(passed_end.more_high * any_link.high_share),
         max(passed_end.round) + 1
  FROM passed_end JOIN any_link ON any_link.owned = passed_end.firm
  WHERE passed_end.round < 2000 AND passed_end.more_high < 1e24
  GROUP BY any_link.owner, passed_end.account
  HAVING sum(passed_end.more_high * any_link.high_share) > 1e-8
),
-- As of what is counted: where the chains do not converge, there are no ends, for the firm and all its owners.
endless_end AS (
  SELECT firm, account FROM passed_end WHERE round = 2000 OR more_high >= 1e24
  UNION
  SELECT vague_link.owner, endless.account FROM endless JOIN vague_link ON vague_link.owned = endless.firm
  UNION
  SELECT any_link.owner, endless_end.account FROM endless_end JOIN any_link ON any_link.owned = endless_end.firm
),
ends AS (
  SELECT firm, account, sum(more_low) AS more_low, sum(more_high) AS more_high, bool_or(is_endless) AS is_endless
  FROM (
    SELECT firm, account, more_low, more_high, FALSE AS is_endless FROM passed_end
    UNION ALL
    SELECT firm, account, 0, 0, TRUE FROM endless_end
  )
  GROUP BY firm, account
),
attributed AS (
  SELECT firm, account, sum(capacity) AS capacity, bool_or(is_endless) AS is_endless
  FROM (
    SELECT firm, account, capacity, FALSE AS is_endless FROM passed
    UNION ALL
    SELECT firm, account, 0, TRUE FROM endless
  )
  GROUP BY firm, account
)
SELECT
  operator_id AS firm_id, activity_id, status, 'operated' AS basis, as_capacity(sum(capacity)) AS capacity,
  NULL::DOUBLE AS unrounded, FALSE AS is_endless, count(*) FILTER (WHERE is_inexact) AS unknowns,
  as_capacity(sum(low)) AS low, as_capacity(CASE WHEN count(high) = count(*) THEN sum(high) END) AS high
FROM thing
WHERE operator_id IS NOT NULL
GROUP BY operator_id, activity_id, status
UNION ALL
SELECT firm_id, activity_id, status, 'controlled', as_capacity(sum(capacity)), NULL, FALSE,
  count(*) FILTER (WHERE is_inexact), as_capacity(sum(low)), as_capacity(CASE WHEN count(high) = count(*) THEN sum(high) END)
FROM controlled
GROUP BY firm_id, activity_id, status
UNION ALL
SELECT
  firm_id, activity_id, status, 'attributable',
  -- Doubles are added in any order, which changes their last digits: without the first rounding, a figure that ends in
  -- exactly half a thousandth could be rounded up or down.
  CASE WHEN NOT bool_or(is_endless) THEN as_capacity(sum(capacity)::DECIMAL(38, 6)) END, sum(capacity), bool_or(is_endless), sum(unknowns),
  CASE WHEN NOT bool_or(is_endless OR has_no_ends) THEN as_capacity((sum(capacity) + sum(more_low))::DECIMAL(38, 6)) END,
  CASE WHEN NOT bool_or(is_endless OR has_no_ends) AND sum(opens) = 0 THEN as_capacity((sum(capacity) + sum(more_high))::DECIMAL(38, 6)) END
FROM (
  SELECT
    firm_number.firm_id, account.activity_id, account.status, found.capacity, found.is_endless, found.unknowns, found.opens,
    found.more_low, found.more_high, found.has_no_ends
  FROM (
    SELECT firm, account, capacity, is_endless, 0 AS unknowns, 0 AS opens, 0 AS more_low, 0 AS more_high, FALSE AS has_no_ends FROM attributed
    UNION ALL
    SELECT
      vague.firm, inexact_word.account, 0, FALSE, bit_count(vague.bits & inexact_word.bits),
      bit_count(vague.open_bits & inexact_word.bits), 0, 0, FALSE
    FROM vague JOIN inexact_word USING (word)
    WHERE (vague.bits & inexact_word.bits) <> 0
    UNION ALL
    SELECT firm, account, 0, FALSE, 0, 0, more_low, more_high, is_endless FROM ends
  ) AS found
  JOIN firm_number ON firm_number.number = found.firm
  JOIN account ON account.number = found.account
)
GROUP BY firm_id, activity_id, status
