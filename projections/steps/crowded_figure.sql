/* One row per event of a block of several and epoch of knowledge in which it counts: the sums since the last statement after
   it. Each epoch is computed again, from the first event that became known, or ended, in it: nothing before that event
   differs from the epoch before. */
WITH
crowded AS (FROM account_row WHERE NOT is_alone),
-- The events of a block, and the state in which it begins as one statement before them.
event AS MATERIALIZED (
  SELECT
    account, block, row_id, v, k_from, k_to, is_statement, states_idle,
    installed, low, high, inexact, low_open, high_open, idle, idle_inexact
  FROM crowded
  UNION ALL
  SELECT account, block, 0, -1, -1, endless(), TRUE, TRUE,
    before_installed, before_low, before_high, before_inexact, before_low_open, before_high_open, before_idle, before_idle_inexact
  FROM crowded
  WHERE is_cut AND has_before
),
epoch AS MATERIALIZED (
  SELECT account, block, k, min(v) AS first_v
  FROM (
    SELECT account, block, k_from AS k, v FROM crowded
    UNION ALL
    SELECT account, block, k_to, v FROM crowded WHERE k_to < endless()
  )
  GROUP BY account, block, k
),
-- The last statements before an epoch's first event, and the sums since: the state in which the epoch begins.
stated AS (
  SELECT
    account, block, epoch.k, any_value(first_v) AS first_v,
    coalesce(max(v) FILTER (WHERE is_statement), -1) AS statement_v, coalesce(max(v) FILTER (WHERE states_idle), -1) AS idle_v
  FROM epoch
  JOIN event USING (account, block)
  WHERE event.v < epoch.first_v AND event.k_from <= epoch.k AND epoch.k < event.k_to
  GROUP BY account, block, epoch.k
),
start AS (
  SELECT
    account, block, stated.k,
    coalesce(sum(installed) FILTER (WHERE v >= statement_v), 0) AS installed,
    coalesce(sum(low) FILTER (WHERE v >= statement_v), 0) AS low,
    coalesce(sum(high) FILTER (WHERE v >= statement_v), 0) AS high,
    coalesce(sum(inexact) FILTER (WHERE v >= statement_v), 0) AS inexact,
    coalesce(sum(low_open) FILTER (WHERE v >= statement_v), 0) AS low_open,
    coalesce(sum(high_open) FILTER (WHERE v >= statement_v), 0) AS high_open,
    coalesce(sum(idle) FILTER (WHERE v >= idle_v), 0) AS idle,
    coalesce(sum(idle_inexact) FILTER (WHERE v >= idle_v), 0) AS idle_inexact
  FROM stated
  JOIN event USING (account, block)
  WHERE event.v < stated.first_v AND event.v >= least(stated.statement_v, stated.idle_v)
    AND event.k_from <= stated.k AND stated.k < event.k_to
  GROUP BY account, block, stated.k
),
visible AS (
  SELECT
    account, block, epoch.k, row_id, v, k_to, is_statement, states_idle,
    installed, low, high, inexact, low_open, high_open, idle, idle_inexact
  FROM epoch
  JOIN event USING (account, block)
  WHERE event.v >= epoch.first_v AND event.k_from <= epoch.k AND epoch.k < event.k_to
  UNION ALL
  SELECT account, block, k, 0, -1, endless(), TRUE, TRUE,
    installed, low, high, inexact, low_open, high_open, idle, idle_inexact
  FROM start
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
)
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
