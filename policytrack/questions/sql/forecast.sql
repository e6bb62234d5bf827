/* One row per day, country and activity: what operates now, what is added and retired by then as stated, and what that makes
   of the net figure. Low: what is due in full by the last day of its date; high: from the first day. Slipped, suspended and
   undated projects are named and not counted. So are planned retirements that slipped, have no date or no exact capacity, and
   those of a plant that is also to go for a swap, which counts there. */
WITH
day AS (SELECT unnest($days::DATE[]) AS day),
swap AS MATERIALIZED (FROM _swap_figure_at(as_of(), known_at()) WHERE NOT is_revoked),
-- What goes by a date of its own; what is gone already, or owed, went for the earliest dates.
dated AS MATERIALIZED (
  SELECT
    swap.project_id,
    swap.swap_id,
    day.day,
    least(any_value(swap.required), coalesce(sum(leg.capacity) FILTER (WHERE leg.retire_by_latest <= day.day), 0)) AS low,
    least(any_value(swap.required), coalesce(sum(leg.capacity) FILTER (WHERE leg.retire_by_earliest <= day.day), 0)) AS high,
    least(any_value(swap.required), sum(leg.capacity)) AS total,
    any_value(swap.retired + coalesce(swap.owed, swap.owed_low)) AS gone
  FROM swap
  JOIN swap_leg AS leg ON leg.position = swap.legs_position AND leg.retire_by_latest >= as_of() AND leg.capacity IS NOT NULL
  CROSS JOIN day
  WHERE swap.required IS NOT NULL
  GROUP BY swap.project_id, swap.swap_id, day.day
),
dated_of_project AS MATERIALIZED (
  SELECT
    project_id,
    day,
    sum(at_least_zero(low - gone)) AS low,
    sum(at_least_zero(high - gone)) AS high,
    sum(at_least_zero(total - gone)) AS total
  FROM dated
  GROUP BY project_id, day
),
plan AS MATERIALIZED (
  SELECT
    *,
    CASE
      WHEN is_overdue THEN 'slipped: was due ' || due
      WHEN status = 'built' AND due_latest < as_of() THEN 'built and not commissioned: was due ' || due
      WHEN status = 'suspended' THEN 'suspended'
      WHEN due IS NULL THEN 'no due date'
      WHEN capacity_remaining_high IS NULL THEN 'unknown capacity'
    END AS left_out
  FROM _project_row_at(as_of(), known_at()) -- as in pending_project, without the verdicts on swaps
  WHERE is_pending
),
term AS MATERIALIZED (
  SELECT
    plan.country_code,
    plan.activity_id,
    day.day,
    plan.capacity_remaining_low AS added_low,
    plan.capacity_remaining_high AS added_high,
    -- What goes for a swap of unknown ratio is unknown: nothing of it is counted, and the project is.
    least(coalesce(dated.low, 0), coalesce(plan.retiring, 0)) AS dated_low,
    least(coalesce(dated.high, 0), coalesce(plan.retiring, 0)) AS dated_high,
    -- One that is not exact and replaces without a swap retires as much as it adds.
    plan.retiring IS NULL AND plan.retiring_high IS NOT NULL AS is_replacing,
    coalesce(at_least_zero(plan.retiring - coalesce(dated.total, 0)), 0) AS undated,
    CASE WHEN is_replacing THEN plan.retiring_low ELSE undated END AS undated_low,
    CASE WHEN is_replacing THEN plan.retiring_high ELSE undated END AS undated_high,
    CASE WHEN is_replacing THEN 0 ELSE plan.capacity_remaining_low - undated END AS gain_low,
    CASE WHEN is_replacing THEN 0 ELSE plan.capacity_remaining_high - undated END AS gain_high,
    coalesce(plan.due_latest <= day.day, FALSE) AS is_due,
    coalesce(plan.due_earliest, DATE '0001-01-01') <= day.day AS may_be_due,
    plan.retiring IS NULL AND NOT is_replacing AS is_unknown
  FROM plan
  CROSS JOIN day
  LEFT JOIN dated_of_project AS dated ON dated.project_id = plan.project_id AND dated.day = day.day
  WHERE plan.left_out IS NULL
),
change AS (
  SELECT
    country_code,
    activity_id,
    day,
    sum(CASE WHEN is_due THEN term.added_low ELSE 0 END) AS added_low,
    sum(CASE WHEN may_be_due THEN term.added_high ELSE 0 END) AS added_high,
    sum(dated_low + CASE WHEN is_due THEN undated_low ELSE 0 END) AS retiring_low,
    sum(dated_high + CASE WHEN may_be_due THEN undated_high ELSE 0 END) AS retiring_high,
    sum(CASE WHEN is_due THEN gain_low WHEN may_be_due THEN least(0, gain_low) ELSE 0 END - dated_high) AS net_low,
    sum(CASE WHEN is_due THEN gain_high WHEN may_be_due THEN greatest(0, gain_high) ELSE 0 END - dated_low) AS net_high,
    count(*) FILTER (WHERE may_be_due)::INTEGER AS project_count,
    count(*) FILTER (WHERE may_be_due AND is_unknown)::INTEGER AS unknown_count
  FROM term
  GROUP BY country_code, activity_id, day
),
donor AS (
  SELECT leg.facility_id, swap.activity_id, min(swap.swap_id) AS swap_id
  FROM swap
  JOIN swap_leg AS leg ON leg.position = swap.legs_position
  WHERE leg.facility_id IS NOT NULL AND (swap.required IS NULL OR swap.retired < swap.required)
  GROUP BY leg.facility_id, swap.activity_id
),
closure AS MATERIALIZED (
  SELECT
    planned.*,
    CASE
      WHEN planned.is_overdue THEN 'retirement slipped: was due ' || planned.due
      WHEN planned.due IS NULL THEN 'retirement without a date'
      WHEN planned.remaining IS NULL THEN 'retirement of no exact capacity'
      WHEN donor.swap_id IS NOT NULL THEN 'retirement counted with swap ' || donor.swap_id
    END AS left_out
  FROM planned_retirement AS planned
  LEFT JOIN donor USING (facility_id, activity_id)
),
closing AS (
  SELECT
    country_code,
    activity_id,
    day.day,
    coalesce(sum(remaining) FILTER (WHERE due_latest <= day.day), 0) AS low,
    coalesce(sum(remaining) FILTER (WHERE coalesce(due_earliest, DATE '0001-01-01') <= day.day), 0) AS high
  FROM closure
  CROSS JOIN day
  WHERE left_out IS NULL
  GROUP BY country_code, activity_id, day.day
),
uncounted AS (
  SELECT
    country_code,
    activity_id,
    coalesce(sum(gross), 0) AS gross,
    coalesce(sum(gross_low), 0) AS gross_low,
    CASE WHEN count(gross_high) = count(*) THEN sum(gross_high) END AS gross_high,
    list(concat(id, ' (', left_out, ')') ORDER BY id, left_out) AS names
  FROM (
    SELECT
      country_code, activity_id, capacity_remaining AS gross, capacity_remaining_low AS gross_low,
      capacity_remaining_high AS gross_high, project_id AS id, left_out
    FROM plan
    UNION ALL
    SELECT country_code, activity_id, 0, 0, 0, concat_ws(' ', facility_id, part), left_out FROM closure
  )
  WHERE left_out IS NOT NULL
  GROUP BY country_code, activity_id
)
SELECT
  day.day AS day,
  nation.country_code,
  nation.activity_id,
  nation.unit,
  nation.operating,
  as_capacity(coalesce(change.added_low, 0)) AS added_low,
  as_capacity(coalesce(change.added_high, 0)) AS added_high,
  as_capacity(coalesce(change.retiring_low, 0)) AS retiring_low,
  as_capacity(coalesce(change.retiring_high, 0)) AS retiring_high,
  as_capacity(coalesce(closing.low, 0)) AS planned_retirement_low,
  as_capacity(coalesce(closing.high, 0)) AS planned_retirement_high,
  as_capacity(nation.net + coalesce(change.net_low, 0) - coalesce(closing.high, 0)) AS net_low,
  -- What is installed and not exact is not in the net figure of the nation, and may all operate.
  as_capacity(nation.net + nation.installed_high - nation.installed + coalesce(change.net_high, 0) - coalesce(closing.low, 0)) AS net_high,
  coalesce(change.project_count, 0) AS project_count,
  coalesce(change.unknown_count, 0) AS unknown_count,
  as_capacity(coalesce(uncounted.gross, 0)) AS not_counted_gross,
  coalesce(uncounted.names, []) AS not_counted,
  as_capacity(coalesce(uncounted.gross_low, 0)) AS not_counted_gross_low,
  as_capacity(CASE WHEN uncounted.activity_id IS NULL THEN 0 ELSE uncounted.gross_high END) AS not_counted_gross_high,
  as_capacity(nation.installed) AS installed,
  as_capacity(nation.installed_low) AS installed_low,
  as_capacity(nation.installed_high) AS installed_high
FROM national_capacity AS nation
CROSS JOIN day
LEFT JOIN change
  ON change.country_code IS NOT DISTINCT FROM nation.country_code AND change.activity_id = nation.activity_id AND change.day = day.day
LEFT JOIN closing
  ON closing.country_code IS NOT DISTINCT FROM nation.country_code AND closing.activity_id = nation.activity_id AND closing.day = day.day
LEFT JOIN uncounted
  ON uncounted.country_code IS NOT DISTINCT FROM nation.country_code AND uncounted.activity_id = nation.activity_id
WHERE (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], nation.country_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], nation.activity_id))
ORDER BY nation.country_code, nation.activity_id, day.day
