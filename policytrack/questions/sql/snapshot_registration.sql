/* One row per registered firm, facility, project and activity: the event that registers it, and what it says, by the names of the
   fields; what says nothing is left out. And, where later events may have changed it, what holds at the day. */
WITH
own AS (
  SELECT position, list({'field_id': field_id, 'value': value} ORDER BY field_id) AS fields FROM field_statement GROUP BY position
),
said AS (
  SELECT 'firm' AS kind, firm_id AS id, position, {
    'name': name, 'names': names, 'country': country_code, 'kind': kind,
    'identifiers': CASE WHEN coalesce(lei, unified_social_credit_code, ticker) IS NOT NULL
                        THEN {'lei': lei, 'unified_social_credit_code': unified_social_credit_code, 'ticker': ticker} END
  }::JSON AS content
  FROM _firm_registered_at(as_of(), known_at())
  UNION ALL
  SELECT 'facility', facility_id, position, {
    'name': name, 'names': names, 'country': country_code, 'region': region_code, 'operator_id': operator_id,
    'coordinates': CASE WHEN latitude IS NOT NULL
                        THEN {'latitude': latitude::VARCHAR, 'longitude': longitude::VARCHAR} END
  }::JSON
  FROM _facility_listed_at(as_of(), known_at())
  UNION ALL
  SELECT 'project', project_id, position, {
    'name': name, 'facility_id': facility_id, 'activity_id': activity_id, 'firm_id': firm_id,
    'national_project_code': national_project_code, 'phase_of': phase_of
  }::JSON
  FROM _project_listed_at(as_of(), known_at())
  UNION ALL
  SELECT 'activity', activity_id, position, {
    'name': name, 'names': names, 'unit': unit, 'part_of': part_of, 'sector': sector, 'stage': stage, 'covers': covers,
    'codes': CASE WHEN coalesce(hs, nace, isic, naics) IS NOT NULL
                  THEN {'hs': hs, 'nace': nace, 'isic': isic, 'naics': naics} END
  }::JSON
  FROM _activity_registered_at(as_of(), known_at())
)
SELECT said.kind, said.id, event.event_id::VARCHAR AS event_id,
       CASE WHEN own.fields IS NULL THEN said.content
            ELSE json_merge_patch(said.content, {'fields': own.fields}::JSON) END::VARCHAR AS content,
       coalesce(firm.name, facility.name, renamed.latest.name, said.content ->> 'name') AS name_now,
       facility.region_code AS region_now,
       coalesce(moved.latest.facility_id, said.content ->> 'facility_id') AS facility_now,
       coalesce(facility.operator_id, built_by.latest.firm_id, said.content ->> 'firm_id') AS operator_now
FROM said
JOIN event USING (position)
LEFT JOIN own USING (position)
LEFT JOIN firm ON said.kind = 'firm' AND firm.firm_id = said.id
LEFT JOIN facility ON said.kind = 'facility' AND facility.facility_id = said.id
LEFT JOIN _place_renamed_at(as_of(), known_at()) AS renamed ON said.kind = 'project' AND renamed.kind = 'project' AND renamed.id = said.id
LEFT JOIN _project_builder_at(as_of(), known_at()) AS built_by ON said.kind = 'project' AND built_by.project_id = said.id
LEFT JOIN _project_moved_at(as_of(), known_at()) AS moved ON said.kind = 'project' AND moved.project_id = said.id
