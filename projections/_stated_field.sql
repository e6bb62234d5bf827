/* One row per event and field that the figures use: what the event says there, as a claim writes it; NULL when it says
   nothing, or nothing exact. */
SELECT position, 'effective' AS field, effective_edtf AS stated FROM event
UNION ALL
SELECT position, unnest(['name', 'country', 'kind']), unnest([name, country_code, kind]) FROM firm_registration
UNION ALL
SELECT position, 'name', name FROM firm_name
UNION ALL
SELECT position, 'name', name FROM place_name
UNION ALL
SELECT position, unnest(['project_id', 'firm_id']), unnest([project_id, firm_id]) FROM project_transfer
UNION ALL
SELECT position, unnest(['project_id', 'facility_id']), unnest([project_id, facility_id]) FROM project_move
UNION ALL
SELECT position, unnest(['firm_id', 'into_firm_id']), unnest([firm_id, into_firm_id]) FROM firm_merger
UNION ALL
SELECT position, unnest(['name', 'country', 'region', 'operator_id']),
       unnest([name, country_code, region_code, operator_id])
FROM facility_registration
UNION ALL
SELECT position, unnest(['facility_id', 'operator_id', 'owner_id']), unnest([facility_id, operator_id, owner_id])
FROM facility_transfer
UNION ALL
SELECT position, unnest(['facility_id', 'region']), unnest([facility_id, region_code]) FROM facility_move
UNION ALL
SELECT position, unnest(['name', 'facility_id', 'activity_id', 'firm_id', 'national_project_code', 'phase_of']),
       unnest([name, facility_id, activity_id, firm_id, national_project_code, phase_of])
FROM project_registration
UNION ALL
SELECT position, unnest(['owned_id', 'owner_id', 'stake_pct', 'kind']),
       unnest([owned_id, owner_id, coalesce(plain_figure(stake_pct), written), kind])
FROM stake_statement
WHERE NOT is_whole
UNION ALL
SELECT position, unnest(['owned_id', 'stake_pct']), unnest([owned_id, plain_figure(abs(change_pct))])
FROM (SELECT DISTINCT position, owned_id, abs(change_pct) AS change_pct FROM stake_transfer)
UNION ALL
SELECT position, unnest(['facility_id', 'activity_id', 'unit_id', 'capacity', 'basis', 'idle_share_pct']),
       unnest([facility_id, activity_id, unit_id, plain_figure(capacity), basis, plain_figure(idle_share_pct)])
FROM capacity_statement
UNION ALL
SELECT position, unnest(['facility_id', 'activity_id', 'capacity', 'swap_id']),
       unnest([facility_id, activity_id, plain_figure(capacity), swap_id])
FROM capacity_move
WHERE type NOT IN ('project_completed', 'facility_merged', 'facility_split')
UNION ALL
SELECT position, 'unit_id', unit_id FROM capacity_move WHERE type NOT IN ('facility_merged', 'facility_split')
UNION ALL
SELECT DISTINCT position, unnest(['facility_id', 'into_facility_id']),
       unnest([predecessor_id, CASE WHEN is_merger THEN successor_id END])
FROM facility_succession
UNION ALL
SELECT position, unnest(['facility_id', 'activity_id', 'capacity', 'due']),
       unnest([facility_id, activity_id, plain_figure(capacity), due_edtf])
FROM retirement_plan
WHERE phase_number = 1
UNION ALL
SELECT position,
       unnest(['project_id', 'capacity', 'investment', 'due', 'authority', 'document_no', 'replacement', 'is_final']),
       unnest([project_id, plain_figure(coalesce(capacity_planned, capacity_completed)),
               investment_currency || ' ' || plain_figure(investment_amount), due_edtf, authority, document_no, replacement,
               is_final::VARCHAR])
FROM project_step
UNION ALL
SELECT position, unnest(['project_id', 'build_capacity', 'ratio', 'rule_id', 'authority', 'document_no']),
       unnest([project_id, plain_figure(build_capacity), plain_figure(ratio), rule_id, authority, document_no])
FROM swap_statement
UNION ALL
SELECT position, unnest(['lot_id', 'facility_id', 'activity_id', 'capacity', 'basis', 'holder_id', 'document_no']),
       unnest([lot_id, facility_id, activity_id, plain_figure(capacity), basis, holder_id, document_no])
FROM lot_recognition
UNION ALL
SELECT position, unnest(['lot_id', 'from_id', 'to_id', 'capacity', 'price']),
       unnest([lot_id, from_id, to_id, plain_figure(capacity), price_currency || ' ' || plain_figure(price_amount)])
FROM lot_transfer
UNION ALL
SELECT position, unnest(['lot_id', 'swap_id', 'capacity']), unnest([lot_id, swap_id, plain_figure(capacity)])
FROM lot_return
UNION ALL
SELECT position, unnest(['stage', 'material', 'year', 'batch', 'holder_id', 'amount', 'document_no']),
       unnest([stage, material, year::VARCHAR, batch, holder_id,
               CASE WHEN is_withheld THEN 'withheld' ELSE plain_figure(amount) END, document_no])
FROM quota_issue
UNION ALL
SELECT position, unnest(['title', 'document_no', 'authority', 'jurisdiction', 'kind', 'ratio_min']),
       unnest([title, document_no, authority, jurisdiction, kind, plain_figure(ratio_min)])
FROM rule_enactment
UNION ALL
SELECT position, unnest(['country', 'region', 'firm_id', 'activity_id', 'capacity', 'measure']),
       unnest([country_code, region_code, firm_id, activity_id, plain_figure(capacity), measure])
FROM capacity_report
UNION ALL
SELECT position, unnest(['currency', 'in_currency', 'rate']), unnest([currency, in_currency, plain_figure(rate)])
FROM exchange_rate_statement
UNION ALL
SELECT position, unnest(['programme', 'recipient_id', 'project_id', 'instrument', 'stage', 'amount']),
       unnest([programme, recipient_id, project_id, instrument, stage, currency || ' ' || plain_figure(amount)])
FROM support_award
