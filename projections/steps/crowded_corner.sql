/* One row per change of an account's figures by the events of blocks of several, and of plants by unit: the effect of an event
   in each epoch of knowledge, less its effect in the epoch before. */
WITH
figure AS (
  SELECT
    account, block, k, row_id, v, k_to, 1::TINYINT AS accounts,
    counted_part(installed, inexact, low, low_open) AS installed,
    sure_part(installed, inexact, low, low_open) AS low,
    most_part(installed, inexact, high, high_open) AS high,
    (high_open > 0)::TINYINT AS high_open,
    greatest(0, least(idle, counted_part(installed, inexact, low, low_open))) AS idle,
    (inexact + idle_inexact > 0)::TINYINT AS unknowns,
    (counted_part(installed, inexact, low, low_open) <> 0 OR inexact + idle_inexact > 0)::TINYINT AS facilities
  FROM (FROM crowded_figure UNION ALL FROM unit_figure)
),
cell AS MATERIALIZED (
  SELECT
    row_id, k, k_to,
    accounts - lag(accounts, 1, 0) OVER earlier AS accounts,
    installed - lag(installed, 1, 0) OVER earlier AS installed,
    low - lag(low, 1, 0) OVER earlier AS low,
    high - lag(high, 1, 0) OVER earlier AS high,
    high_open - lag(high_open, 1, 0) OVER earlier AS high_open,
    idle - lag(idle, 1, 0) OVER earlier AS idle,
    unknowns - lag(unknowns, 1, 0) OVER earlier AS unknowns,
    facilities - lag(facilities, 1, 0) OVER earlier AS facilities
  FROM figure
  WINDOW earlier AS (PARTITION BY account, block, k ORDER BY v, row_id)
)
-- The effect of an event in each epoch, less its effect in the epoch before; and its end.
SELECT
  row_id, k,
  accounts - lag(accounts, 1, 0) OVER earlier AS accounts,
  installed - lag(installed, 1, 0) OVER earlier AS installed,
  low - lag(low, 1, 0) OVER earlier AS low,
  high - lag(high, 1, 0) OVER earlier AS high,
  high_open - lag(high_open, 1, 0) OVER earlier AS high_open,
  idle - lag(idle, 1, 0) OVER earlier AS idle,
  unknowns - lag(unknowns, 1, 0) OVER earlier AS unknowns,
  facilities - lag(facilities, 1, 0) OVER earlier AS facilities
FROM cell
WHERE row_id > 0
WINDOW earlier AS (PARTITION BY row_id ORDER BY k)
UNION ALL
SELECT
  row_id, any_value(k_to),
  -arg_max(accounts, k),
  -arg_max(installed, k),
  -arg_max(low, k),
  -arg_max(high, k),
  -arg_max(high_open, k),
  -arg_max(idle, k),
  -arg_max(unknowns, k),
  -arg_max(facilities, k)
FROM cell
WHERE row_id > 0 AND k_to < endless()
GROUP BY row_id
