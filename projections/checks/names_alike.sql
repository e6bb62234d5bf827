/* Two ids have names that look alike: they differ by case, spaces, accents or marks. Severity: warning.
   Asked at recording. One row per pair of firms, of facilities in one country or of projects at one facility, whose names or ids are
   alike, and per name with several spaces in a row. */
WITH
named AS (
  SELECT 'firm' AS kind, firm_id AS id, '' AS place, name, position, known_on, known_to FROM firm_registration
  UNION ALL
  SELECT 'firm', firm_id, '', name, position, known_on, known_to FROM firm_name
  UNION ALL
  SELECT 'facility', facility_id, country_code, name, position, known_on, known_to FROM facility_registration
  UNION ALL
  SELECT 'project', project_id, facility_id, name, position, known_on, known_to FROM project_registration
),
current_name AS (
  SELECT kind, id, coalesce(place, '') AS place, name, position
  FROM named
  WHERE known_on <= p_known_at AND known_to > p_known_at AND p_as_of IS NOT NULL
),
-- Materialized, so that a form is computed once: the engine would compute it again for the filter on it.
form AS MATERIALIZED (
  -- Cyrillic and Greek letters that look like Latin ones, in upper or lower case, count as these.
  SELECT
    kind, id, place, name, position,
    regexp_replace(translate(lower(strip_accents(name)), 'асеорхуіјѕкмтвнαβεζηικμνορτυχ', 'aceopxyijskmtbhabezhikmnoptyx'),
                   '[^\p{L}\p{N}]+', '', 'g') AS form
  FROM current_name
  UNION
  SELECT kind, id, place, name, position, replace(id, '-', '') FROM current_name
),
first AS (SELECT kind, place, form, id, min(position) AS position FROM form WHERE form <> '' GROUP BY kind, place, form, id),
-- Lists only of these few: of every name they would take a tenth of all checks.
repeated AS (
  SELECT kind, place, form FROM first GROUP BY kind, place, form HAVING count(*) > 1 AND bool_or(is_new(position))
),
alike AS MATERIALIZED (
  SELECT kind, place, form, list(id ORDER BY position) AS ids, list(position) AS positions
  FROM first SEMI JOIN repeated USING (kind, place, form)
  GROUP BY kind, place, form
),
shown_name AS (
  SELECT position, regexp_replace(name, '\s\s+', '␣␣', 'g') AS shown
  FROM current_name
  WHERE position IN (SELECT unnest(positions) FROM alike)
)
SELECT DISTINCT
  concat(kind, ':', ids[-1]) AS subject,
  concat('is named like ', array_to_string(list_transform(ids[:-2], lambda id: concat(kind, ':', id)), ', '), ': ',
         (SELECT string_agg(DISTINCT '“' || shown || '”', ' and ' ORDER BY '“' || shown || '”')
          FROM shown_name
          WHERE list_contains(alike.positions, shown_name.position))) AS message,
  positions AS positions
FROM alike
UNION ALL
SELECT concat(kind, ':', id), concat('“', regexp_replace(name, '\s\s+', '␣␣', 'g'), '” has several spaces in a row'), [position]
FROM current_name
WHERE is_new(position) AND regexp_matches(name, '\s\s')
