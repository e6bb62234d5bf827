/* One row per country and activity with a published total: what the recorded facilities cover of it. */
SELECT
  concat(country_code, ' ', activity_id, ' ', spoken(recorded), ' of ', spoken(published), ' ', unit, ' = ',
         plain_figure(coverage_pct), ' % (',
         CASE published_kind WHEN 'quota' THEN concat('quota of ', year(published_for), ', a permission')
                             ELSE concat('published ', published_kind, ' of ', published_for) END, ')') AS line
FROM national_coverage
WHERE coverage_pct IS NOT NULL
  AND concat(country_code, ' ', activity_id) IN (SELECT unnest($rows::VARCHAR[]))
ORDER BY country_code, activity_id
