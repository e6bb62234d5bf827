/* One row per part of a bar of national capacity: what runs, what of it is owed, what is pending as growth and, apart
   from it, as replacement; unknown has no figure. A bar is a country or, in a series, a day. */
WITH coordinate AS (
  SELECT unnest($as_of_days::DATE[]) AS as_of_day, unnest($known_at_days::DATE[]) AS known_at_day
),
figure AS (
  SELECT
    capacity.*, CASE WHEN $by = 'known_at' THEN coordinate.known_at_day ELSE coordinate.as_of_day END AS day,
    at_least_zero(capacity.net) AS running, at_least_zero(capacity.pending_net) AS growth
  FROM coordinate, national_capacity_at(coordinate.as_of_day, coordinate.known_at_day) AS capacity
  WHERE (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], capacity.country_code))
    AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], capacity.activity_id))
),
part AS (
  SELECT figure.*, unnest([
    {'place': 1, 'part': 'operating', 'amount': running},
    {'place': 2, 'part': 'owed', 'amount': at_least_zero(operating) - running},
    {'place': 3, 'part': 'growth', 'amount': growth},
    {'place': 4, 'part': 'replacement', 'amount': pending_gross - growth},
    {'place': 5, 'part': 'unknown', 'amount': NULL}
  ], recursive := TRUE)
  FROM figure
)
SELECT
  CASE WHEN $by = 'country' THEN '' ELSE coalesce(country.name, country_code) || ' · ' END
    || coalesce(activity.name, activity_id) || ' · ' || part.unit AS panel, -- what is drawn on one scale
  CASE WHEN $by = 'country' THEN coalesce(country.name, country_code) ELSE day::VARCHAR END AS label, -- the country or the day
  part, -- operating, owed, growth, replacement or unknown
  amount, -- how much, in the panel's unit; NULL when unknown
  CASE
    WHEN part = 'unknown' THEN unknown_count || CASE unknown_count WHEN 1 THEN ' figure' ELSE ' figures' END
    WHEN part = 'operating' THEN nullif(concat_ws(', ',
      CASE WHEN net < 0 THEN 'net ' || spoken(net) END,
      CASE WHEN pending_net < 0 THEN 'pending net ' || spoken(pending_net) END), '')
  END AS note -- what a figure does not say
FROM part LEFT JOIN activity USING (activity_id)
LEFT JOIN reference_countries AS country USING (country_code)
WHERE place = 1 OR amount > 0 OR (part = 'unknown' AND unknown_count > 0)
ORDER BY panel, label, place
