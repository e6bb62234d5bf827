/* One row per quota issued by the date: what one holder may mine, separate or make in a year, by one notice. */
WITH issued AS (
  SELECT quota_id, arg_max(quota, happened) AS quota, max(happened) AS happened
  FROM (
    SELECT
      quota_issue AS quota, quota_id,
      moment(effective_day(effective_earliest, effective_latest), order_known_on, order_position) AS happened
    FROM quota_issue
    WHERE effective_day(effective_earliest, effective_latest) <= p_as_of
      AND known_on <= p_known_at AND known_to > p_known_at
  )
  GROUP BY quota_id
)
SELECT
  quota_id, -- id of the quota
  quota.jurisdiction AS jurisdiction, -- country, region or EU
  quota.stage AS stage, -- mining, separation, production, export or other
  quota.material AS material, -- as the notice divides it
  quota.year AS year, -- year of the quota
  quota.batch AS batch, -- batch of the year; FY for a figure of the whole year
  quota.holder_id AS holder_id, -- firm; NULL for the national total
  as_capacity(quota.amount) AS amount, -- NULL when it is withheld or not exact
  coalesce(quota.is_withheld, FALSE) AS is_withheld, -- issued, and not published
  activity.unit AS unit, -- unit of the amount
  quota.activity_id AS activity_id, -- activity that it limits
  coalesce(merged.into_firm_id, quota.holder_id) AS group_id, -- the holder as of the date, after mergers and notices that include it in another's quota
  as_capacity(sum(quota.amount) OVER (
    PARTITION BY quota.jurisdiction, quota.activity_id, quota.stage, quota.material, quota.year, quota.holder_id
    ORDER BY coalesce(quota.batch, ''), happened
  )) AS cumulative, -- sum of this and earlier batches of the holder, material and year
  quota.document_no AS document_no, -- number of the notice
  quota.position AS position -- event that states it
FROM issued
LEFT JOIN _quota_group_at(p_as_of, p_known_at) AS merged ON merged.firm_id = quota.holder_id
LEFT JOIN activity_at(p_as_of, p_known_at) AS activity ON activity.activity_id = quota.activity_id
