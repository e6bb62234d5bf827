/* One row per firm or facility of whose shares an event after the variable since speaks; all of them when that is not
   set. The checks that are asked at recording look at these only. */
SELECT owned_kind, owned_id FROM stake_statement WHERE is_new(position)
UNION
SELECT owned_kind, owned_id FROM stake_transfer WHERE is_new(position)
