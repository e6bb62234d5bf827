/* One row per owner, owned firm and kind of share. */
SELECT owned_id, owner_id, kind, stake_pct, stated_as, stake_low, stake_high, written FROM stake
