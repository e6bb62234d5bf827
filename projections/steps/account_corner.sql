/* One row per change of an account's figures: from when in the world, and from when in our knowledge. */
WITH
lone AS (
  SELECT
    row_id, k_from, has_before,
    counted_part(before_installed, before_inexact, before_low, before_low_open) AS before_installed,
    sure_part(before_installed, before_inexact, before_low, before_low_open) AS before_low,
    most_part(before_installed, before_inexact, before_high, before_high_open) AS before_high,
    (before_high_open > 0)::TINYINT AS before_high_open,
    greatest(0, least(before_idle, counted_part(before_installed, before_inexact, before_low, before_low_open))) AS before_idle,
    (before_inexact + before_idle_inexact > 0)::TINYINT AS before_unknowns,
    (counted_part(before_installed, before_inexact, before_low, before_low_open) <> 0 OR before_inexact + before_idle_inexact > 0)::TINYINT AS before_facilities,
    counted_part(after_installed, after_inexact, after_low, after_low_open) AS after_installed,
    sure_part(after_installed, after_inexact, after_low, after_low_open) AS after_low,
    most_part(after_installed, after_inexact, after_high, after_high_open) AS after_high,
    (after_high_open > 0)::TINYINT AS after_high_open,
    greatest(0, least(after_idle, counted_part(after_installed, after_inexact, after_low, after_low_open))) AS after_idle,
    (after_inexact + after_idle_inexact > 0)::TINYINT AS after_unknowns,
    (counted_part(after_installed, after_inexact, after_low, after_low_open) <> 0 OR after_inexact + after_idle_inexact > 0)::TINYINT AS after_facilities
  FROM account_row
  WHERE is_alone
),
corner AS (
  SELECT row_id, k_from AS k, (NOT has_before)::TINYINT AS accounts,
    after_installed - CASE WHEN has_before THEN before_installed ELSE 0 END AS installed,
    after_low - CASE WHEN has_before THEN before_low ELSE 0 END AS low,
    after_high - CASE WHEN has_before THEN before_high ELSE 0 END AS high,
    after_high_open - CASE WHEN has_before THEN before_high_open ELSE 0 END AS high_open,
    after_idle - CASE WHEN has_before THEN before_idle ELSE 0 END AS idle,
    after_unknowns - CASE WHEN has_before THEN before_unknowns ELSE 0 END AS unknowns,
    after_facilities - CASE WHEN has_before THEN before_facilities ELSE 0 END AS facilities
  FROM lone
  UNION ALL
  FROM crowded_corner
)
SELECT
  account, effective_on, position, k,
  corner.accounts::TINYINT AS accounts, corner.installed::DECIMAL(18, 3) AS installed, corner.low::DECIMAL(18, 3) AS low,
  corner.high::DECIMAL(18, 3) AS high, corner.high_open::TINYINT AS high_open, corner.idle::DECIMAL(18, 3) AS idle,
  corner.unknowns::TINYINT AS unknowns, corner.facilities::TINYINT AS facilities
FROM corner
JOIN account_event USING (row_id)
WHERE corner.accounts <> 0 OR corner.installed <> 0 OR corner.low <> 0 OR corner.high <> 0 OR corner.high_open <> 0 OR corner.idle <> 0 OR corner.unknowns <> 0 OR corner.facilities <> 0
