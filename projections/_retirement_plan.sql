/* One row per part of the plan to retire capacity of a facility and activity: the last announcement on or before the date,
   unless it was withdrawn since. */
WITH
visible AS (
  SELECT *, moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened
  FROM retirement_plan
  WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
    AND known_on <= p_known_at AND known_to > p_known_at
    AND is_account_asked(facility_id, activity_id)
),
latest AS (SELECT facility_id, activity_id, max(happened) AS happened FROM visible GROUP BY facility_id, activity_id)
SELECT visible.*
FROM visible
JOIN latest USING (facility_id, activity_id, happened)
WHERE NOT visible.is_withdrawal
