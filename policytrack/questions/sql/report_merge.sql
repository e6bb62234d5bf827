/* One row per rectangle of dates in which a row of a table of the report does not change: from the first day to before the
   last, in both dates. Days are days since 1970-01-01. */
WITH
distinct_row AS MATERIALIZED (
  SELECT row, row_number() OVER (ORDER BY row) AS number FROM (SELECT DISTINCT row FROM given)
),
cell AS (
  SELECT pair.as_of, pair.as_of_to, pair.known_at, pair.known_to, numbered.number
  FROM (SELECT DISTINCT given.pair, distinct_row.number FROM given JOIN distinct_row USING (row)) AS numbered
  JOIN pair ON pair.number = numbered.pair
),
-- Neighbours in the valid date with one knowledge date, then neighbours in the knowledge date.
wide AS (
  SELECT number, known_at, known_to, min(as_of) AS as_of, max(as_of_to) AS as_of_to
  FROM (
    SELECT *, count(*) FILTER (WHERE is_first) OVER (PARTITION BY number, known_at ORDER BY as_of) AS block
    FROM (
      SELECT *, as_of IS DISTINCT FROM lag(as_of_to) OVER (PARTITION BY number, known_at ORDER BY as_of) AS is_first
      FROM cell
    )
  )
  GROUP BY number, known_at, known_to, block
),
whole AS (
  SELECT number, as_of, as_of_to, min(known_at) AS known_at, max(known_to) AS known_to
  FROM (
    SELECT *, count(*) FILTER (WHERE is_first) OVER (PARTITION BY number, as_of, as_of_to ORDER BY known_at) AS block
    FROM (
      SELECT *, known_at IS DISTINCT FROM lag(known_to) OVER (PARTITION BY number, as_of, as_of_to ORDER BY known_at) AS is_first
      FROM wide
    )
  )
  GROUP BY number, as_of, as_of_to, block
)
SELECT
  (as_of - DATE '1970-01-01')::INTEGER AS effective_from,
  (as_of_to - DATE '1970-01-01')::INTEGER AS effective_to,
  (known_at - DATE '1970-01-01')::INTEGER AS known_from,
  (known_to - DATE '1970-01-01')::INTEGER AS known_to,
  row
FROM whole
JOIN distinct_row USING (number)
ORDER BY number, effective_from, known_from
