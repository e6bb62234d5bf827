/* One row per country, region and activity with pending projects of which the remaining capacity is not exact: at least and
   at most how much is still to come, gross, net, and of that to be replaced. They are few, and not in the sums of exact
   figures. Of a project that replaces without a swap, as much is to go as is still to come, which adds nothing net. Each is
   where its steps are: reading all registrations would take longer than the rest. */
WITH
span AS MATERIALIZED (FROM _pending_span_at(p_as_of, p_known_at)),
place AS (
  SELECT id AS project_id, country_code, region_code, activity_id
  FROM capacity_step
  -- Each counts as inexact where it is; few steps change that.
  WHERE unknowns <> 0 AND kind = 'project' AND effective_on <= p_as_of AND known_on <= p_known_at AND step_counts(dates)
    AND id IN (SELECT project_id FROM span)
  GROUP BY id, country_code, region_code, activity_id
  HAVING sum(unknowns) > 0
)
SELECT
  place.country_code,
  place.region_code,
  place.activity_id,
  sum(span.remaining_low) AS low,
  CASE WHEN count(span.remaining_high) = count(*) THEN sum(span.remaining_high) END AS high, -- NULL when nothing bounds it
  coalesce(sum(span.remaining_low) FILTER (WHERE span.is_replacing), 0) AS retiring_low,
  CASE WHEN count(*) FILTER (WHERE span.is_replacing AND span.remaining_high IS NULL) = 0
       THEN coalesce(sum(span.remaining_high) FILTER (WHERE span.is_replacing), 0) END AS retiring_high,
  coalesce(sum(span.remaining_low) FILTER (WHERE NOT span.is_replacing), 0) AS net_low,
  CASE WHEN count(*) FILTER (WHERE NOT span.is_replacing AND span.remaining_high IS NULL) = 0
       THEN coalesce(sum(span.remaining_high) FILTER (WHERE NOT span.is_replacing), 0) END AS net_high,
  count(*) FILTER (WHERE span.is_replacing) AS replacing
FROM span
JOIN place USING (project_id)
GROUP BY place.country_code, place.region_code, place.activity_id
