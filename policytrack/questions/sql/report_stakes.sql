/* One row per pair of dates, and share or control of a firm in a firm or facility at it; of each of these also the part
   whose holder is unknown, without an owner. */
SELECT
  pair.number AS pair,
  {
    'owned_kind': owned_kind, 'owned_id': owned_id, 'owner_id': owner_id, 'stake_pct': stake_pct, 'is_controlled': is_controlled,
    'stated_as': stated_as, 'stake_low': low_pct, 'stake_high': high_pct
  } AS row
FROM pair, _group_at(pair.as_of, pair.known_at) AS share
UNION ALL
SELECT
  pair.number,
  {
    'owned_kind': owned_kind, 'owned_id': owned_id, 'owner_id': NULL, 'stake_pct': unknown_pct, 'is_controlled': FALSE,
    'stated_as': 'exact', 'stake_low': NULL, 'stake_high': NULL
  }
FROM pair, shareholding_at(pair.as_of, pair.known_at) AS holding
WHERE unknown_pct > 0
