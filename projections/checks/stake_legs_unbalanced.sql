/* Shares sold on one day and shares bought on it do not add up. Severity: warning. Asked at recording.
   One row per firm or facility and day on which transfers without a buyer and transfers without a seller do not add up. */
WITH
touched AS (SELECT DISTINCT owned_kind, owned_id FROM stake_transfer WHERE is_new(position)),
transfer AS (
  SELECT
    owned_kind, owned_id, position, any_value(effective_day(effective_earliest, effective_latest)) AS happened_on,
    sum(change_pct) AS one_sided_pct -- 0 of a transfer that names both sides
  FROM stake_transfer SEMI JOIN touched USING (owned_kind, owned_id)
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
  GROUP BY owned_kind, owned_id, position
),
one_sided AS (SELECT * FROM transfer WHERE one_sided_pct <> 0),
balance AS (
  SELECT
    owned_kind, owned_id, happened_on, list(position) AS positions,
    coalesce(sum(one_sided_pct) FILTER (WHERE one_sided_pct > 0), 0) AS bought,
    coalesce(-sum(one_sided_pct) FILTER (WHERE one_sided_pct < 0), 0) AS sold
  FROM one_sided
  GROUP BY owned_kind, owned_id, happened_on
)
SELECT
  concat(owned_kind, ':', owned_id) AS subject,
  concat('on ', spoken_day(happened_on), ' sales without a buyer come to ', spoken(sold), ' % and purchases without a seller to ', spoken(bought), ' %: ',
         CASE WHEN sold > bought THEN concat(spoken(sold - bought), ' % has no known owner')
              ELSE concat(spoken(bought - sold), ' % has no known seller') END) AS message,
  positions AS positions
FROM balance
WHERE sold > 0 AND sold <> bought
