/* One row per merger or split of a facility, and other facility in it, the oldest first. */
SELECT
  CASE WHEN predecessor_id = $id::VARCHAR THEN CASE WHEN is_merger THEN 'merged into' ELSE 'split: gave to' END
       WHEN is_merger THEN 'merger of' ELSE 'split from' END AS what, -- what happened to the facility
  CASE WHEN predecessor_id = $id::VARCHAR THEN successor_id ELSE predecessor_id END AS facility_id, -- the other facility
  event.effective AS effective, -- when, as the source wrote it
  event.known_on AS known_on, -- day it was public
  succession.position AS position -- ledger position
FROM facility_succession AS succession
JOIN event USING (position)
WHERE $id::VARCHAR IN (predecessor_id, successor_id)
  AND effective_day(succession.effective_earliest, succession.effective_latest) <= as_of()
  AND succession.known_on <= known_at() AND succession.known_to > known_at()
ORDER BY moment(effective_day(succession.effective_earliest, succession.effective_latest), succession.order_known_on, succession.order_position), facility_id
