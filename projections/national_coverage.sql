/* One row per country and activity: which part of the latest published total the recorded facilities cover. The total is
   one of capacity (capacity_reported). Where none is known, the national quota of the year is shown instead, for
   comparison: a quota is a permission, not capacity. Without either, the recorded figure is a floor. */
WITH
reported AS (
  SELECT
    country_code, activity_id,
    arg_max({'kind': measure, 'amount': capacity, 'day': effective_latest, 'position': position},
            moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position)) AS total
  FROM capacity_report
  WHERE country_code IS NOT NULL AND region_code IS NULL AND firm_id IS NULL
    AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
  GROUP BY country_code, activity_id
),
quota_year AS (
  SELECT
    jurisdiction AS country_code, activity_id, year, any_value(unit) AS unit,
    CASE WHEN count(amount) = count(*) THEN sum(amount) END AS amount, max(position) AS position
  FROM quota_at(p_as_of, p_known_at)
  WHERE holder_id IS NULL AND material = 'all' AND year <= year(p_as_of)
  GROUP BY ALL
),
permitted AS (
  SELECT
    country_code, regexp_replace(activity_id, '-quota$', '') AS activity_id,
    arg_max(unit, year) AS unit,
    arg_max({'kind': 'quota', 'amount': amount, 'day': make_date(year, 12, 31), 'position': position}, year) AS total
  FROM quota_year
  WHERE amount IS NOT NULL AND activity_id LIKE '%-quota'
  GROUP BY ALL
),
figure AS (
  SELECT
    national.country_code, national.activity_id, national.unit, national.installed, national.operating,
    coalesce(reported.total, permitted.total) AS total
  FROM national_capacity_at(p_as_of, p_known_at) AS national
  LEFT JOIN reported
    ON reported.country_code = national.country_code AND reported.activity_id = national.activity_id
  LEFT JOIN permitted
    ON permitted.country_code = national.country_code AND permitted.activity_id = national.activity_id
    AND permitted.unit = replace(national.unit, '/yr', '') -- what is permitted in a year, of capacity a year
),
compared AS (
  SELECT *, CASE WHEN total.kind = 'operating' THEN operating ELSE installed END AS recorded FROM figure
)
SELECT
  country_code, -- ISO 3166-1 of the facilities
  activity_id, -- activity of the capacity
  unit, -- unit of the figures
  recorded, -- sum of the recorded facilities: installed, or operating if the total is one of operating capacity
  total.kind AS published_kind, -- installed, operating, or quota (a permission for a year); NULL without a published total
  as_capacity(total.amount) AS published, -- the published total; NULL when none is known, or it is not exact
  nullif(total.day, DATE '0001-01-01') AS published_for, -- day or end of the year that it is of
  CASE WHEN total.amount > 0 THEN (recorded * 100 / total.amount)::DECIMAL(12, 1) END AS coverage_pct, -- recorded in percent of published
  total.position AS published_position -- event that states the total; of a quota, the latest of the year
FROM compared
