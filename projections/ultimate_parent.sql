/* One row per firm and the firm at the top of its group. No firm controls the top firm, unless the two control each
   other. A firm without a controller is its own top. With a perimeter, the groups of its day. */
WITH
control AS MATERIALIZED (
  SELECT owner_id AS controller_id, owned_id AS controlled_id
  FROM _group_at(p_as_of, p_known_at)
  WHERE is_controlled
),
lower_firm AS (
  SELECT DISTINCT control.controlled_id AS firm_id
  FROM control
  LEFT JOIN control AS back
    ON back.controller_id = control.controlled_id AND back.controlled_id = control.controller_id
  WHERE back.controller_id IS NULL
),
firm AS (
  SELECT firm_id, name FROM firm_at(p_as_of, p_known_at)
  WHERE firm_id NOT IN (SELECT firm_id FROM _merged_firm_at(perimeter_day(p_as_of), p_known_at))
),
pair AS (
  SELECT firm_id, firm_id AS parent_id FROM firm
  UNION
  SELECT controlled_id, controller_id FROM control
)
SELECT
  pair.firm_id AS firm_id, -- the firm
  pair.parent_id AS parent_id, -- the firm at the top of its group; itself without a controller
  parent.name AS parent_name, -- name of that firm
  back.controller_id IS NOT NULL AS is_circular -- whether the two control each other
FROM pair
JOIN firm AS parent ON parent.firm_id = pair.parent_id
LEFT JOIN control AS back ON back.controller_id = pair.firm_id AND back.controlled_id = pair.parent_id
WHERE pair.parent_id NOT IN (SELECT firm_id FROM lower_firm)
