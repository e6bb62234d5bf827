/* The shares of a firm or facility add up to more than 100 %. Severity: error. Asked at recording.
   One row per firm or facility that is owned, whose shares exceed 100 % by more than rounding explains: one unit of the
   last decimal written for each. */
SELECT
  concat(owned_kind, ':', owned_id) AS subject,
  concat('the issued shares of ', owners, ' owners add up to ', CASE WHEN has_majority THEN 'more than ' WHEN has_range THEN 'at least ' ELSE '' END, spoken(stake_pct), ' %') AS message,
  positions AS positions
FROM _shares_beyond_at(p_as_of, p_known_at)
WHERE NOT is_rounding
