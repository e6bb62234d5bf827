/* One row per rule in force on the date: enacted, started, and not ended, repealed or suspended. */
SELECT
  rule_id, -- id of the rule
  title, -- of the instrument
  kind, -- replacement_ratio, moratorium, no_split, quota_regime, export_control or other
  jurisdiction, -- country, region or EU
  unnest(CASE WHEN len(activities) = 0 THEN [NULL] ELSE activities END) AS activity_id, -- an activity that it governs; NULL if it names none
  ratio_min::DECIMAL(12, 6) AS ratio_min, -- minimum ratio retired : built; NULL for another kind of rule
  nullif(rule.in_force_from, DATE '0001-01-01') AS in_force_from, -- first day in force; NULL if unknown
  in_force_to, -- last day; NULL when open
  document_no, -- its number
  authority, -- who enacted it
  regions, -- regions and lists of regions that it names
  outside_regions, -- whether it is in force in the jurisdiction except in these regions
  exceptions, -- exceptions, with their ratios
  list_max(list_filter(list_transform(suspensions, lambda one: one.until), lambda ended: ended < p_as_of)) AS suspended_until, -- last day of its last suspension, which has ended; NULL if none
  position -- event that enacted it
FROM _rule_at(p_as_of, p_known_at) AS rule
WHERE rule_stands(p_as_of, rule.in_force_from, in_force_to, suspensions)
