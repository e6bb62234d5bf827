/* One row per event of an account without units (see unit_figure.sql), with the sums since the last statement before and after it, of the events that are current in the
   end, and whether it is alone in its block. A block begins before an event when all earlier events had become known, or
   had ended, before this one or any later one became known. An event alone in its block, and never superseded, changes
   the figure once. */
WITH
reach AS (
  SELECT
    *, k_to = endless() AS is_current,
    max(CASE WHEN k_to < endless() THEN k_to ELSE k_from END) OVER (earlier ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
      AS settled,
    min(k_from) OVER (earlier ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS coming,
    count(*) FILTER (WHERE k_to = endless()) OVER (earlier ROWS UNBOUNDED PRECEDING) AS seen,
    sum(installed) FILTER (WHERE k_to = endless()) OVER (earlier ROWS UNBOUNDED PRECEDING) AS all_installed,
    sum(low) FILTER (WHERE k_to = endless()) OVER (earlier ROWS UNBOUNDED PRECEDING) AS all_low,
    sum(high) FILTER (WHERE k_to = endless()) OVER (earlier ROWS UNBOUNDED PRECEDING) AS all_high,
    sum(inexact) FILTER (WHERE k_to = endless()) OVER (earlier ROWS UNBOUNDED PRECEDING) AS all_inexact,
    sum(low_open) FILTER (WHERE k_to = endless()) OVER (earlier ROWS UNBOUNDED PRECEDING) AS all_low_open,
    sum(high_open) FILTER (WHERE k_to = endless()) OVER (earlier ROWS UNBOUNDED PRECEDING) AS all_high_open,
    sum(idle) FILTER (WHERE k_to = endless()) OVER (earlier ROWS UNBOUNDED PRECEDING) AS all_idle,
    sum(idle_inexact) FILTER (WHERE k_to = endless()) OVER (earlier ROWS UNBOUNDED PRECEDING) AS all_idle_inexact
  FROM account_event ANTI JOIN unit_account USING (account)
  WINDOW earlier AS (PARTITION BY account ORDER BY v, row_id)
),
summed AS (
  SELECT
    * REPLACE (coalesce(all_installed, 0) AS all_installed, coalesce(all_low, 0) AS all_low, coalesce(all_high, 0) AS all_high, coalesce(all_inexact, 0) AS all_inexact, coalesce(all_low_open, 0) AS all_low_open, coalesce(all_high_open, 0) AS all_high_open, coalesce(all_idle, 0) AS all_idle, coalesce(all_idle_inexact, 0) AS all_idle_inexact),
    coalesce(settled <= coming, TRUE) AS is_cut
  FROM reach
),
reset AS (
  SELECT
    *,
    lead(is_cut, 1, TRUE) OVER (PARTITION BY account ORDER BY v, row_id) AS is_last,
    sum(is_cut::INTEGER) OVER (PARTITION BY account ORDER BY v, row_id ROWS UNBOUNDED PRECEDING) AS block,
    last_value(CASE WHEN is_current AND is_statement THEN all_installed - installed END IGNORE NULLS) OVER earlier AS reset_installed,
    last_value(CASE WHEN is_current AND is_statement THEN all_low - low END IGNORE NULLS) OVER earlier AS reset_low,
    last_value(CASE WHEN is_current AND is_statement THEN all_high - high END IGNORE NULLS) OVER earlier AS reset_high,
    last_value(CASE WHEN is_current AND is_statement THEN all_inexact - inexact END IGNORE NULLS) OVER earlier AS reset_inexact,
    last_value(CASE WHEN is_current AND is_statement THEN all_low_open - low_open END IGNORE NULLS) OVER earlier AS reset_low_open,
    last_value(CASE WHEN is_current AND is_statement THEN all_high_open - high_open END IGNORE NULLS) OVER earlier AS reset_high_open,
    last_value(CASE WHEN is_current AND states_idle THEN all_idle - idle END IGNORE NULLS) OVER earlier AS reset_idle,
    last_value(CASE WHEN is_current AND states_idle THEN all_idle_inexact - idle_inexact END IGNORE NULLS) OVER earlier AS reset_idle_inexact
  FROM summed
  WINDOW earlier AS (PARTITION BY account ORDER BY v, row_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT
  account, row_id, position, v, effective_on, k_from, k_to, is_statement, states_idle, block, is_cut,
  is_cut AND is_last AND is_current AS is_alone,
  seen - is_current::INTEGER > 0 AS has_before,
  installed,
  low,
  high,
  inexact,
  low_open,
  high_open,
  idle,
  idle_inexact,
  all_installed - CASE WHEN is_current THEN installed ELSE 0 END - coalesce(reset_installed, 0) AS before_installed,
  all_low - CASE WHEN is_current THEN low ELSE 0 END - coalesce(reset_low, 0) AS before_low,
  all_high - CASE WHEN is_current THEN high ELSE 0 END - coalesce(reset_high, 0) AS before_high,
  all_inexact - CASE WHEN is_current THEN inexact ELSE 0 END - coalesce(reset_inexact, 0) AS before_inexact,
  all_low_open - CASE WHEN is_current THEN low_open ELSE 0 END - coalesce(reset_low_open, 0) AS before_low_open,
  all_high_open - CASE WHEN is_current THEN high_open ELSE 0 END - coalesce(reset_high_open, 0) AS before_high_open,
  all_idle - CASE WHEN is_current THEN idle ELSE 0 END - coalesce(reset_idle, 0) AS before_idle,
  all_idle_inexact - CASE WHEN is_current THEN idle_inexact ELSE 0 END - coalesce(reset_idle_inexact, 0) AS before_idle_inexact,
  CASE WHEN is_current AND is_statement THEN installed ELSE all_installed - coalesce(reset_installed, 0) END AS after_installed,
  CASE WHEN is_current AND is_statement THEN low ELSE all_low - coalesce(reset_low, 0) END AS after_low,
  CASE WHEN is_current AND is_statement THEN high ELSE all_high - coalesce(reset_high, 0) END AS after_high,
  CASE WHEN is_current AND is_statement THEN inexact ELSE all_inexact - coalesce(reset_inexact, 0) END AS after_inexact,
  CASE WHEN is_current AND is_statement THEN low_open ELSE all_low_open - coalesce(reset_low_open, 0) END AS after_low_open,
  CASE WHEN is_current AND is_statement THEN high_open ELSE all_high_open - coalesce(reset_high_open, 0) END AS after_high_open,
  CASE WHEN is_current AND states_idle THEN idle ELSE all_idle - coalesce(reset_idle, 0) END AS after_idle,
  CASE WHEN is_current AND states_idle THEN idle_inexact ELSE all_idle_inexact - coalesce(reset_idle_inexact, 0) END AS after_idle_inexact
FROM reset
