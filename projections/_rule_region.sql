/* One row per rule and region that it names, itself or through a dated list of regions. A region of which only a part is
   listed is not certain: whether a facility there is meant, nobody can say from its region alone. */
WITH named AS (
  SELECT rule_id, unnest(regions) AS name FROM _rule_at(p_as_of, p_known_at)
)
SELECT rule_id, name AS region_code, TRUE AS is_whole, DATE '0001-01-01' AS valid_from, DATE '9999-12-31' AS valid_to
FROM named
WHERE name NOT IN (SELECT region_set_id FROM reference_region_sets)
UNION ALL
SELECT
  named.rule_id,
  listed.region_code,
  bool_or(listed.is_whole = 'true'),
  coalesce(listed.valid_from::DATE, DATE '0001-01-01') AS valid_from,
  coalesce(listed.valid_to::DATE, DATE '9999-12-31') AS valid_to
FROM named
JOIN reference_region_sets AS listed ON listed.region_set_id = named.name
GROUP BY named.rule_id, listed.region_code, valid_from, valid_to
