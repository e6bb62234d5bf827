/* One row per part of a current plan to retire capacity: what of it remains, at least and at most. Retirements since the
   announcement count first towards what is due first. */
WITH
gone AS (
  SELECT
    facility_id, activity_id, sum(capacity_low) AS low,
    CASE WHEN count(capacity_high) = count(*) THEN sum(capacity_high) END AS high
  FROM _retired_since_at(p_as_of, p_known_at)
  GROUP BY facility_id, activity_id
),
summed AS (
  SELECT
    *,
    sum(capacity_low) OVER so_far AS sum_low,
    sum(capacity_high) OVER so_far AS sum_high,
    count(*) FILTER (WHERE capacity_high IS NULL) OVER so_far AS sum_open
  FROM _retirement_plan_at(p_as_of, p_known_at)
  WINDOW so_far AS (PARTITION BY facility_id, activity_id ORDER BY due_latest NULLS LAST, phase_number)
)
SELECT
  facility_id,
  activity_id,
  summed.position,
  phase_number,
  phase_name,
  summed.capacity,
  summed.capacity_low,
  as_capacity(CASE
    WHEN gone.facility_id IS NULL THEN summed.capacity_low
    WHEN gone.high IS NULL THEN 0
    ELSE greatest(0, least(summed.capacity_low, sum_low - gone.high))
  END) AS remaining_low,
  as_capacity(CASE
    WHEN summed.capacity_high IS NULL OR gone.facility_id IS NULL OR sum_open > 0 THEN summed.capacity_high
    ELSE greatest(0, least(summed.capacity_high, sum_high - gone.low))
  END) AS remaining_high,
  due,
  due_earliest,
  due_latest,
  reason
FROM summed
LEFT JOIN gone USING (facility_id, activity_id)
