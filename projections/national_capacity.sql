/* One row per country and activity: capacity now, capacity owed to swaps, and pending capacity. Each facility counts
   once, for any number of owners. Figures of two activities are never added. The
   figures are sums of steps (_national_sum.sql); _capacity_account.sql defines them from the facts. */
WITH step AS (FROM _national_sum_at(p_as_of, p_known_at)),
planned AS (
  SELECT
    country_code, activity_id, sum(low) AS low, CASE WHEN count(high) = count(*) THEN sum(high) END AS high
  FROM _planned_retirement_at(p_as_of, p_known_at)
  GROUP BY country_code, activity_id
),
-- A row also where capacity is planned to go and the installed capacity is not stated.
figure AS (
  FROM step
  UNION ALL BY NAME
  SELECT country_code, activity_id, 0 AS installed, 0 AS installed_low, 0 AS installed_high, 0 AS high_open, 0 AS idle, 0 AS owed,
    0 AS pending_gross, 0 AS pending_retiring, 0 AS facilities, 0 AS projects, 0 AS unknowns, 0 AS retiring_open
  FROM planned
  ANTI JOIN step ON step.country_code IS NOT DISTINCT FROM planned.country_code AND step.activity_id = planned.activity_id
  WHERE low > 0 OR high IS DISTINCT FROM 0
),
inexact AS (
  SELECT
    country_code, activity_id, sum(low) AS low, CASE WHEN count(high) = count(*) THEN sum(high) END AS high,
    sum(retiring_low) AS retiring_low,
    CASE WHEN count(retiring_high) = count(*) THEN sum(retiring_high) END AS retiring_high,
    sum(net_low) AS net_low, CASE WHEN count(net_high) = count(*) THEN sum(net_high) END AS net_high,
    sum(replacing) AS replacing
  FROM _pending_inexact_at(p_as_of, p_known_at)
  GROUP BY country_code, activity_id
)
SELECT
  figure.country_code AS country_code, -- ISO 3166-1 of the facilities
  figure.activity_id AS activity_id, -- activity of the capacity
  activity.unit AS unit, -- unit of the figures
  as_capacity(installed) AS installed, -- last statement, plus completions, minus retirements since; of inexact figures, the exact parts that surely exist
  as_capacity(idle) AS idle, -- of that, idle
  as_capacity(installed - idle) AS operating, -- installed minus idle
  as_capacity(owed) AS owed_retirement, -- old capacity that should be retired because new capacity runs, and is not
  as_capacity(installed - idle - owed) AS net, -- operating minus owed
  as_capacity(pending_gross) AS pending_gross, -- remaining capacity of projects that are not cancelled
  as_capacity(pending_retiring) AS pending_retiring, -- old capacity to retire for it
  as_capacity(pending_gross - pending_retiring) AS pending_net, -- gross minus retiring
  facilities::INTEGER AS facility_count, -- facilities with capacity
  projects::INTEGER AS project_count, -- projects with remaining capacity
  unknowns::INTEGER AS unknown_count, -- facilities and projects with an inexact figure, not in the sums
  as_capacity(installed_low) AS installed_low, -- installed is at least this; NULL when nothing bounds it
  as_capacity(CASE WHEN high_open = 0 THEN installed_high END) AS installed_high, -- installed is at most this; NULL when nothing bounds it
  as_capacity(CASE WHEN planned.activity_id IS NULL THEN 0 ELSE planned.low END) AS planned_retirement, -- installed capacity that is announced to be retired; at least this
  as_capacity(CASE WHEN planned.activity_id IS NULL THEN 0 ELSE planned.high END) AS planned_retirement_high, -- at most this; NULL when nothing bounds it
  as_capacity(pending_gross + coalesce(inexact.low, 0)) AS pending_gross_low, -- pending is at least this, with the projects that are not exact
  as_capacity(CASE WHEN inexact.activity_id IS NULL THEN pending_gross ELSE pending_gross + inexact.high END) AS pending_gross_high, -- at most this; NULL when nothing bounds it
  as_capacity(pending_retiring + coalesce(inexact.retiring_low, 0)) AS pending_retiring_low, -- to retire is at least this
  as_capacity(CASE WHEN retiring_open > coalesce(inexact.replacing, 0) THEN NULL
                   WHEN inexact.activity_id IS NULL THEN pending_retiring
                   ELSE pending_retiring + inexact.retiring_high END) AS pending_retiring_high, -- at most this; NULL when nothing bounds it
  as_capacity(CASE WHEN retiring_open <= coalesce(inexact.replacing, 0)
                   THEN pending_gross - pending_retiring + coalesce(inexact.net_low, 0) END) AS pending_net_low, -- gross minus retiring is at least this; NULL when nothing bounds it
  as_capacity(CASE WHEN inexact.activity_id IS NULL THEN pending_gross - pending_retiring
                   ELSE pending_gross - pending_retiring + inexact.net_high END) AS pending_net_high -- at most this; NULL when nothing bounds it
FROM figure
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = figure.activity_id
LEFT JOIN planned
  ON planned.country_code IS NOT DISTINCT FROM figure.country_code AND planned.activity_id = figure.activity_id
LEFT JOIN inexact ON inexact.country_code IS NOT DISTINCT FROM figure.country_code AND inexact.activity_id = figure.activity_id
