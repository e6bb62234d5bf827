/* One row per event and national figure: what the event adds to it. The rows of a figure add up to the figure, exactly. */
SELECT figure, country_code, region_code, activity_id, thing, position, amount, reason
FROM _facility_term_at(p_as_of, p_known_at)
UNION ALL
SELECT figure, country_code, region_code, activity_id, thing, position, amount, reason
FROM _planned_term_at(p_as_of, p_known_at)
UNION ALL
SELECT figure, country_code, region_code, activity_id, thing, position, amount, reason
FROM _project_term_at(p_as_of, p_known_at)
