/* One row per event, and side of it, that adds to or takes from something: what kind it is, what it is about, and by how
   much. Two of one kind about the same thing both count, whoever reports them; of some there can be only one, such as a
   holder's quota in one batch of a year. */
WITH
move AS (
  SELECT
    type AS kind, CASE WHEN project_id IS NULL THEN 'facility' ELSE 'project' END AS subject_kind,
    coalesce(project_id, facility_id) AS subject_id, activity_id AS part,
    unit_id AS counterpart, capacity::DECIMAL(38, 6) AS figure, FALSE AS is_once, position, effective_earliest, effective_latest
  FROM capacity_move
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND type NOT IN ('facility_merged', 'facility_split')
),
-- Of a merger or split, what leaves: the other facility has as much more.
handover AS (
  SELECT
    position, any_value(type) AS type, facility_id, activity_id, unit_id,
    CASE WHEN count(capacity) = count(*) THEN sum(capacity) END AS figure,
    any_value(effective_earliest) AS effective_earliest, any_value(effective_latest) AS effective_latest
  FROM capacity_move
  WHERE type IN ('facility_merged', 'facility_split') AND (installed_change_low IS NULL OR installed_change_low < 0)
    AND known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
  GROUP BY position, facility_id, activity_id, unit_id
),
sale AS (
  SELECT
    position, any_value(owned_kind) AS owned_kind, any_value(owned_id) AS owned_id,
    any_value(effective_earliest) AS effective_earliest, any_value(effective_latest) AS effective_latest,
    any_value(owner_id) FILTER (WHERE change_pct < 0) AS from_id, any_value(owner_id) FILTER (WHERE change_pct > 0) AS to_id,
    max(abs(change_pct)) AS stake_pct
  FROM stake_transfer
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
  GROUP BY position
),
lot AS (
  SELECT *
  FROM lot_transfer
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
)
FROM move
UNION ALL
SELECT
  type, 'facility', facility_id, activity_id, unit_id, figure, FALSE, position, effective_earliest, effective_latest
FROM handover
UNION ALL
SELECT
  'stake_transferred', owned_kind, owned_id, unnest(['from ' || from_id, 'to ' || to_id]), unnest([to_id, from_id]),
  stake_pct, FALSE, position, effective_earliest, effective_latest
FROM sale
UNION ALL
SELECT
  'credit_lot_transferred', 'lot', lot_id, unnest(['from ' || from_id, 'to ' || to_id]), unnest([to_id, from_id]),
  capacity, FALSE, position, effective_earliest, effective_latest
FROM lot
UNION ALL
SELECT 'credit_lot_returned', 'lot', lot_id, swap_id, NULL, capacity, FALSE, position, effective_earliest, effective_latest
FROM lot_return
WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
UNION ALL
SELECT 'credit_lot_recognised', 'facility', facility_id, activity_id, NULL, capacity, FALSE, position, effective_earliest, effective_latest
FROM lot_recognition
WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
UNION ALL
SELECT 'capacity_swap_announced', 'project', project_id, activity_id, NULL, build_capacity, FALSE, position, effective_earliest, effective_latest
FROM swap_statement
WHERE is_announcement
  AND known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
UNION ALL
SELECT
  'quota_issued', CASE WHEN holder_id IS NULL THEN 'country' ELSE 'firm' END, coalesce(holder_id, jurisdiction),
  concat_ws(' ', jurisdiction, activity_id, stage, material, year, batch), NULL, amount, batch IS NOT NULL, position,
  effective_earliest, effective_latest
FROM quota_issue
WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
UNION ALL
SELECT
  'support_awarded', CASE WHEN recipient_id IS NULL THEN 'project' ELSE 'firm' END, coalesce(recipient_id, project_id),
  concat_ws(' ', jurisdiction, instrument, stage, currency), NULL, amount, FALSE, position, effective_earliest, effective_latest
FROM support_award
WHERE coalesce(recipient_id, project_id) IS NOT NULL
  AND known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
