/* One row per firm, facility or project whose custom fields have the wanted values, each written `field=value`. Several values
   of one field are alternatives. A project that does not state a field has the value of its facility. */
WITH
wanted AS (
  SELECT split_part(one, '=', 1) AS field_id, substr(one, strpos(one, '=') + 1) AS value
  FROM (SELECT unnest($wanted::VARCHAR[]) AS one)
),
stated AS MATERIALIZED (
  SELECT kind, id, field_id, value, number FROM custom_field_value WHERE field_id IN (SELECT field_id FROM wanted)
),
counted AS (
  SELECT id, field_id, value, number FROM stated WHERE kind = $of_kind::VARCHAR
  UNION ALL
  SELECT project.project_id, stated.field_id, stated.value, stated.number
  FROM _project_registered_at(as_of(), known_at()) AS project
  JOIN stated ON stated.kind = 'facility' AND stated.id = project.facility_id
  WHERE $of_kind::VARCHAR = 'project'
    AND NOT EXISTS (FROM stated AS own WHERE own.kind = 'project' AND own.id = project.project_id AND own.field_id = stated.field_id)
)
SELECT counted.id
FROM counted
JOIN wanted ON wanted.field_id = counted.field_id
           AND (wanted.value = counted.value OR try_cast(wanted.value AS DECIMAL(28, 6)) = counted.number)
GROUP BY counted.id
HAVING count(DISTINCT counted.field_id) = (SELECT count(DISTINCT field_id) FROM wanted)
ORDER BY counted.id
