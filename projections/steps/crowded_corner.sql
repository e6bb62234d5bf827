/* One row per change of an account's figures by the events of blocks of several: each epoch of knowledge is computed again, from
   the state at which the block begins. */
WITH
crowded AS (FROM account_row WHERE NOT is_alone),
epoch AS (SELECT DISTINCT account, block, unnest([k_from, k_to]) AS k FROM crowded),
visible AS (
  SELECT
    account, block, epoch.k, row_id, v, k_to, is_statement, states_idle,
    installed, low, high, inexact, low_open, high_open, idle, idle_inexact
  FROM crowded
  JOIN epoch USING (account, block)
  WHERE crowded.k_from <= epoch.k AND epoch.k < crowded.k_to
  UNION ALL
  SELECT account, block, epoch.k, 0, -1, endless(), TRUE, TRUE,
    before_installed, before_low, before_high, before_inexact, before_low_open, before_high_open, before_idle, before_idle_inexact
  FROM crowded
  JOIN epoch USING (account, block)
  WHERE is_cut AND has_before AND epoch.k < endless()
),
running AS (
  SELECT
    *,
    sum(installed) OVER earlier AS all_installed,
    sum(low) OVER earlier AS all_low,
    sum(high) OVER earlier AS all_high,
    sum(inexact) OVER earlier AS all_inexact,
    sum(low_open) OVER earlier AS all_low_open,
    sum(high_open) OVER earlier AS all_high_open,
    sum(idle) OVER earlier AS all_idle,
    sum(idle_inexact) OVER earlier AS all_idle_inexact
  FROM visible
  WINDOW earlier AS (PARTITION BY account, block, k ORDER BY v, row_id ROWS UNBOUNDED PRECEDING)
),
since AS (
  SELECT
    account, block, k, row_id, v, k_to,
    all_installed - coalesce(last_value(CASE WHEN is_statement THEN all_installed - installed END IGNORE NULLS) OVER earlier, 0) AS installed,
    all_low - coalesce(last_value(CASE WHEN is_statement THEN all_low - low END IGNORE NULLS) OVER earlier, 0) AS low,
    all_high - coalesce(last_value(CASE WHEN is_statement THEN all_high - high END IGNORE NULLS) OVER earlier, 0) AS high,
    all_inexact - coalesce(last_value(CASE WHEN is_statement THEN all_inexact - inexact END IGNORE NULLS) OVER earlier, 0) AS inexact,
    all_low_open - coalesce(last_value(CASE WHEN is_statement THEN all_low_open - low_open END IGNORE NULLS) OVER earlier, 0) AS low_open,
    all_high_open - coalesce(last_value(CASE WHEN is_statement THEN all_high_open - high_open END IGNORE NULLS) OVER earlier, 0) AS high_open,
    all_idle - coalesce(last_value(CASE WHEN states_idle THEN all_idle - idle END IGNORE NULLS) OVER earlier, 0) AS idle,
    all_idle_inexact - coalesce(last_value(CASE WHEN states_idle THEN all_idle_inexact - idle_inexact END IGNORE NULLS) OVER earlier, 0) AS idle_inexact
  FROM running
  WINDOW earlier AS (PARTITION BY account, block, k ORDER BY v, row_id ROWS UNBOUNDED PRECEDING)
),
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
  FROM since
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
