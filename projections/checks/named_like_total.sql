/* A facility or project is named like a total. Severity: warning. Asked at recording. One row per facility or
   project whose name is a word for a sum, alone or with a country, or only its country: a last row of a table, which counts
   everything twice. */
WITH
named AS (
  SELECT 'facility' AS kind, facility_id AS id, name, country_code, position, known_on, known_to FROM facility_registration
  UNION ALL
  SELECT 'project', project_id, name, NULL, position, known_on, known_to FROM project_registration
),
form AS (
  SELECT *, regexp_replace(lower(strip_accents(name)), '[^\p{L}]+', '', 'g') AS form
  FROM named
  WHERE is_new(position) AND known_on <= p_known_at AND known_to > p_known_at AND p_as_of IS NOT NULL
),
country AS (
  SELECT country_code, regexp_replace(lower(strip_accents(name)), '[^\p{L}]+', '', 'g') AS form FROM reference_countries
)
SELECT
  concat(form.kind, ':', form.id) AS subject,
  concat('“', form.name, '” is named like a total: its figures would count twice') AS message,
  [form.position] AS positions
FROM form
LEFT JOIN country ON country.country_code = form.country_code
WHERE regexp_full_match(
    form.form,
    '(grand|sub|national|world|global|overall)?(totals?|totalof|totalgeneral)|sum|subsum|gesamt|gesamtsumme|summe|zwischensumme|insgesamt'
    '|sommetotale|soustotal|totale|totalegenerale|totaal|razem|suma|toplam|jumlah|合计|总计|小计|共计|總計|合計|小計|総計|계|합계|총계|소계|итого|всего')
  OR form.form IN (country.form, concat('total', country.form), concat(country.form, 'total'), concat('totalof', country.form), concat('totalfor', country.form),
                   concat('totalin', country.form))
