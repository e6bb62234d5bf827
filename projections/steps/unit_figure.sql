/* One row per event of a plant by unit and epoch of knowledge in which it counts: the sums that count after it; the same rules
   as in _capacity_term.sql. Every epoch is computed from its first event, since a unit that becomes known changes what its
   plant is the sum of. */
WITH
event AS MATERIALIZED (FROM account_event SEMI JOIN unit_account USING (account)),
epoch AS (
  SELECT account, k_from AS k FROM event
  UNION
  SELECT account, k_to FROM event WHERE k_to < endless()
),
visible AS MATERIALIZED (
  SELECT event.*, epoch.k
  FROM epoch JOIN event USING (account)
  WHERE event.k_from <= epoch.k AND epoch.k < event.k_to
),
placed AS (
  SELECT
    *,
    CASE WHEN max(introduces_unit) OVER (PARTITION BY account, k, unit_id ORDER BY v, row_id ROWS UNBOUNDED PRECEDING)
         THEN unit_id END AS part,
    max(is_statement AND unit_id IS NOT NULL) OVER (PARTITION BY account, k ORDER BY v, row_id ROWS UNBOUNDED PRECEDING)
      AS is_by_unit
  FROM visible
),
-- From when each statement of a unit is the last one, and up to when some statement not later than it is.
statement AS (
  SELECT
    account, k, row_id, v,
    coalesce(lead(v) OVER (PARTITION BY account, k, unit_id ORDER BY v, row_id), never_ending()) AS until_v
  FROM visible
  WHERE is_statement AND unit_id IS NOT NULL
),
oldest AS (
  SELECT account, k, until_v, arg_min(row_id, v) AS row_id
  FROM (
    SELECT account, k, row_id, v,
      max(until_v) OVER (PARTITION BY account, k ORDER BY v, row_id ROWS UNBOUNDED PRECEDING) AS until_v
    FROM statement
  )
  GROUP BY account, k, until_v
),
-- One row per measure: each is summed in the same way, and only a statement of idle capacity replaces the idle capacity before it.
measured AS (
  SELECT
    placed.account, placed.k, placed.row_id, placed.v, placed.k_to, part, is_by_unit, is_statement, unit_id, oldest.row_id AS oldest_row,
    unnest(['installed', 'low', 'high', 'inexact', 'low_open', 'high_open', 'idle', 'idle_inexact']) AS measure,
    unnest([installed, low, high, inexact, low_open, high_open, idle, idle_inexact])::DECIMAL(38, 3) AS amount,
    unnest([is_statement, is_statement, is_statement, is_statement, is_statement, is_statement, states_idle, states_idle])
      AS begins
  FROM placed
  ASOF LEFT JOIN oldest ON oldest.account = placed.account AND oldest.k = placed.k AND placed.v < oldest.until_v
),
running AS (
  SELECT
    *,
    sum(amount) OVER of_part AS all_of_part,
    sum(amount) OVER of_account AS all_of_account,
    sum(amount) FILTER (WHERE unit_id IS NULL AND NOT is_statement) OVER of_account AS all_unnamed
  FROM measured
  WINDOW
    of_part AS (PARTITION BY account, k, measure, part ORDER BY v, row_id ROWS UNBOUNDED PRECEDING),
    of_account AS (PARTITION BY account, k, measure ORDER BY v, row_id ROWS UNBOUNDED PRECEDING)
),
since AS (
  SELECT
    *,
    all_of_part - coalesce(last_value(CASE WHEN begins THEN all_of_part - amount END IGNORE NULLS) OVER of_part, 0) AS in_part,
    all_of_account - coalesce(last_value(CASE WHEN begins THEN all_of_account - amount END IGNORE NULLS) OVER of_account, 0)
      AS in_whole
  FROM running
  WINDOW
    of_part AS (PARTITION BY account, k, measure, part ORDER BY v, row_id ROWS UNBOUNDED PRECEDING),
    of_account AS (PARTITION BY account, k, measure ORDER BY v, row_id ROWS UNBOUNDED PRECEDING)
),
changed AS (
  SELECT *, in_part - lag(in_part, 1, 0) OVER (PARTITION BY account, k, measure, part ORDER BY v, row_id) AS change
  FROM since
),
united AS (
  SELECT
    *,
    sum(change) FILTER (WHERE part IS NOT NULL)
      OVER (PARTITION BY account, k, measure ORDER BY v, row_id ROWS UNBOUNDED PRECEDING) AS in_units
  FROM changed
),
total AS (
  SELECT
    one.account, one.k, one.row_id, one.v, one.k_to, one.measure,
    CASE WHEN one.is_by_unit
         THEN coalesce(one.in_units, 0) + coalesce(one.all_unnamed, 0) - coalesce(restated.all_unnamed, 0)
         ELSE one.in_whole END AS figure
  FROM united AS one
  LEFT JOIN running AS restated ON restated.account = one.account AND restated.k = one.k
    AND restated.measure = one.measure AND restated.row_id = one.oldest_row
)
SELECT
  account, 0 AS block, k, row_id, v, k_to,
  sum(figure) FILTER (WHERE measure = 'installed') AS installed,
  sum(figure) FILTER (WHERE measure = 'low') AS low,
  sum(figure) FILTER (WHERE measure = 'high') AS high,
  (sum(figure) FILTER (WHERE measure = 'inexact'))::HUGEINT AS inexact,
  (sum(figure) FILTER (WHERE measure = 'low_open'))::HUGEINT AS low_open,
  (sum(figure) FILTER (WHERE measure = 'high_open'))::HUGEINT AS high_open,
  sum(figure) FILTER (WHERE measure = 'idle') AS idle,
  (sum(figure) FILTER (WHERE measure = 'idle_inexact'))::HUGEINT AS idle_inexact
FROM total
GROUP BY account, k, row_id, v, k_to
