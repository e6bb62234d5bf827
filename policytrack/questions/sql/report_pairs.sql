/* One row per pair of dates at which a table of the report is computed, with the days on which the next pair takes over. A
   valid date is needed only once a fact that names it is known. With a step of months, quarters or years, a day counts from
   the end of its period on, at the latest from the dates of the report on;
   with the step `last`, all count from the dates of the report on. */
WITH
happened AS (
  SELECT day, min(known_on) AS known_on
  FROM (SELECT least(CASE $step
      WHEN 'month' THEN last_day(day)
      WHEN 'quarter' THEN last_day(date_trunc('quarter', day)::DATE + INTERVAL 2 MONTH)
      WHEN 'year' THEN make_date(year(day), 12, 31)
      WHEN 'last' THEN DATE '9999-12-31'
      ELSE day END, as_of()) AS day, known_on FROM moved WHERE day <= as_of())
  GROUP BY day
),
known AS (
  SELECT day AS known_at, lead(day, 1, DATE '9999-12-31') OVER (ORDER BY day) AS known_to
  FROM (SELECT DISTINCT least(CASE $step
      WHEN 'month' THEN last_day(day)
      WHEN 'quarter' THEN last_day(date_trunc('quarter', day)::DATE + INTERVAL 2 MONTH)
      WHEN 'year' THEN make_date(year(day), 12, 31)
      WHEN 'last' THEN DATE '9999-12-31'
      ELSE day END, known_at()) AS day FROM learned WHERE day <= known_at())
)
SELECT
  row_number() OVER () AS number,
  happened.day AS as_of,
  lead(happened.day, 1, DATE '9999-12-31') OVER (PARTITION BY known.known_at ORDER BY happened.day) AS as_of_to,
  known.known_at,
  known.known_to
FROM known JOIN happened ON happened.known_on <= known.known_at
