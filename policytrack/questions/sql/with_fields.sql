/* One row per firm, facility or project whose custom fields have the wanted values, each written `field=value`. Several values
   of one field are alternatives. */
SELECT field_values.id
FROM field_values
JOIN (
  SELECT split_part(one, '=', 1) AS field_id, substr(one, strpos(one, '=') + 1) AS value
  FROM (SELECT unnest($wanted::VARCHAR[]) AS one)
) AS wanted ON wanted.field_id = field_values.field_id
           AND (wanted.value = field_values.value OR try_cast(wanted.value AS DECIMAL(28, 6)) = field_values.number)
GROUP BY field_values.id
HAVING count(DISTINCT field_values.field_id) = len(list_distinct(list_transform($wanted::VARCHAR[], lambda one: split_part(one, '=', 1))))
ORDER BY field_values.id
