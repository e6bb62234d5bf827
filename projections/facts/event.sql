/* One row per event: its envelope, what it is about, and a sentence that sums it up. */
WITH
decoded AS (
  SELECT
    position,
    type,
    data,
    recorded_at,
    -- The tags of an event are in their order.
    list_filter(from_json(tags, '["VARCHAR"]'), lambda tag: NOT (tag LIKE 'event:%' OR tag LIKE 'content:%' OR tag LIKE 'activity-registration:%' OR tag LIKE 'unit-registration:%' OR tag LIKE 'field-registration:%')) AS subjects,
    -- What many types have; what one has is looked up in its text where the sentence needs it.
    from_json(data, '{
      "event_id": "UUID", "effective": {"edtf": "VARCHAR", "earliest": "DATE", "latest": "DATE", "written": "VARCHAR"},
      "known_on": "DATE", "assertion": "VARCHAR", "sources": ["JSON"],
      "supersedes": {"event_id": "UUID", "because": "VARCHAR"},
      "project_id": "VARCHAR", "facility_id": "VARCHAR",
      "capacity": {"value": "VARCHAR", "bound": "VARCHAR", "at_most": "VARCHAR", "unit": "VARCHAR", "written": "VARCHAR"},
      "build_capacity": {"value": "VARCHAR", "bound": "VARCHAR", "at_most": "VARCHAR", "unit": "VARCHAR", "written": "VARCHAR"},
      "investment": {"amount": "VARCHAR", "currency": "VARCHAR", "written": "VARCHAR"}, "due": {"edtf": "VARCHAR", "written": "VARCHAR"},
      "replacement": "VARCHAR", "is_final": "BOOLEAN", "reason": "VARCHAR",
      "unit_id": "VARCHAR"
    }') AS e
  FROM batch
),
worded AS (
  SELECT
    *,
    coalesce(shown_capacity(coalesce(e.capacity, e.build_capacity)), 'capacity') AS capacity,
    CASE WHEN type IN ('joint_venture_agreed', 'joint_venture_formed') THEN list_aggregate(
      list_transform(from_json(data -> 'partners', '[{"firm_id": "VARCHAR", "stake_pct": "VARCHAR"}]'),
                     lambda partner: concat_ws(' ', partner.firm_id, share_in_words(partner.stake_pct))),
      'string_agg', ', '
    ) END AS partners,
    CASE WHEN type IN ('firm_registered', 'facility_registered', 'project_registered') AND data LIKE '%"fields":[%' THEN list_aggregate(
      list_transform(from_json(data -> 'fields', '[{"field_id": "VARCHAR", "value": "VARCHAR"}]'),
                     lambda one: one.field_id || ' ' || one.value),
      'string_agg', ', '
    ) END AS fields
  FROM decoded
)
SELECT
  position, -- ledger position, 1 for the first event
  e.event_id AS event_id, -- the id of the event, the same in every ledger that holds it
  type, -- wire name of the event type
  shown_date(e.effective) AS effective, -- when it was true in the world, as the source wrote it
  e.effective.edtf AS effective_edtf, -- the same as a code, in the stated EDTF subset
  earliest_day(e.effective) AS effective_earliest, -- first day it may have been true
  latest_day(e.effective, e.known_on) AS effective_latest, -- last such day, at most known_on
  e.known_on AS known_on, -- day it was public
  recorded_at, -- UTC instant of recording
  e.assertion AS assertion, -- confirmed, reported, inferred or rumour
  coalesce(len(e.sources), 0)::INTEGER AS source_count, -- number of sources that the event names
  subjects, -- what it is about, as kind:id
  CASE type
    WHEN 'capacity_stated' THEN concat(capacity, ' installed at ', e.facility_id, ', unit ' || e.unit_id)
    WHEN 'capacity_idled' THEN concat(capacity, ' idled at ', e.facility_id, ', unit ' || e.unit_id)
    WHEN 'capacity_restarted' THEN concat(capacity, ' restarted at ', e.facility_id, ', unit ' || e.unit_id)
    WHEN 'capacity_retired' THEN concat(capacity, ' retired at ', e.facility_id, ', unit ' || e.unit_id)
    WHEN 'retirement_announced' THEN concat_ws('; ', concat(coalesce(list_aggregate(
                                                 list_transform(
                                                   from_json(data -> 'phases', '[{"name": "VARCHAR", "capacity": {"value": "VARCHAR", "bound": "VARCHAR", "at_most": "VARCHAR", "unit": "VARCHAR", "written": "VARCHAR"}, "due": {"edtf": "VARCHAR", "written": "VARCHAR"}}]'),
                                                   lambda one: concat_ws(' ', one.name || ':', shown_capacity(one.capacity), 'due ' || shown_date(one.due))),
                                                 'string_agg', ', '), capacity), ' to be retired at ', e.facility_id),
                                               'due ' || shown_date(e.due), e.reason)
    WHEN 'retirement_withdrawn' THEN concat_ws('; ', concat('planned retirement of ', data ->> 'activity_id', ' at ', e.facility_id, ' withdrawn'), e.reason)
    WHEN 'firm_registered' THEN concat_ws('; ', 'firm ' || (data ->> 'name'), fields)
    WHEN 'activity_registered' THEN concat('activity ', data ->> 'name', ' in ', data ->> 'unit')
    WHEN 'unit_registered' THEN concat('unit ', data ->> 'symbol', ': ', data ->> 'factor', ' base units of ', data ->> 'dimension')
    WHEN 'field_declared' THEN concat('field ', data ->> 'field_id', ': ', data ->> 'value_type', ' in ' || (data ->> 'unit'))
    WHEN 'firm_renamed' THEN concat(data ->> 'firm_id', ' is now ', data ->> 'name')
    WHEN 'firm_merged' THEN concat(data ->> 'firm_id', ' merged into ', data ->> 'into_firm_id')
    WHEN 'firm_alias_registered' THEN concat(data ->> 'firm_id', ' is also called ', data ->> 'name')
    WHEN 'facility_registered' THEN concat_ws('; ', 'facility ' || (data ->> 'name'), fields)
    WHEN 'facility_transferred' THEN concat_ws('; ', concat(e.facility_id, ' transferred: ', concat_ws(', ',
                                                 'operator ' || (data ->> 'operator_id'), 'owner ' || (data ->> 'owner_id'))), e.reason)
    WHEN 'facility_moved' THEN concat_ws('; ', concat(e.facility_id, ' moved to ', data ->> 'region'), e.reason)
    WHEN 'facility_merged' THEN concat_ws('; ', concat(e.facility_id, ' merged into ', data ->> 'into_facility_id'),
                                          list_aggregate(
                                            list_transform(
                                              from_json(data -> 'capacities', '[{"activity_id": "VARCHAR", "unit_id": "VARCHAR", "capacity": {"value": "VARCHAR", "bound": "VARCHAR", "at_most": "VARCHAR", "unit": "VARCHAR", "written": "VARCHAR"}}]'),
                                              lambda one: concat(shown_capacity(one.capacity), ' of ', one.activity_id, ', unit ' || one.unit_id)),
                                            'string_agg', ', '), e.reason)
    WHEN 'facility_split' THEN concat_ws('; ', concat(e.facility_id, ' split'),
                                         list_aggregate(
                                           list_transform(
                                             from_json(data -> 'parts', '[{"facility_id": "VARCHAR", "activity_id": "VARCHAR", "unit_id": "VARCHAR", "capacity": {"value": "VARCHAR", "bound": "VARCHAR", "at_most": "VARCHAR", "unit": "VARCHAR", "written": "VARCHAR"}}]'),
                                             lambda one: concat(shown_capacity(one.capacity), ' of ', one.activity_id, ', unit ' || one.unit_id, ' to ', one.facility_id)),
                                           'string_agg', ', '), e.reason)
    WHEN 'facility_renamed' THEN concat(e.facility_id, ' is now ', data ->> 'name')
    WHEN 'project_renamed' THEN concat(e.project_id, ' is now ', data ->> 'name')
    WHEN 'project_moved' THEN concat_ws('; ', concat(e.project_id, ' moved to ', e.facility_id), e.reason)
    WHEN 'project_transferred' THEN concat_ws('; ', concat(e.project_id, ' transferred to ', data ->> 'firm_id'), e.reason)
    WHEN 'joint_venture_dissolved' THEN concat_ws('; ', (data ->> 'venture_id') || ' dissolved', e.reason)
    WHEN 'project_registered' THEN concat_ws('; ', concat('project ', data ->> 'name', ', a phase of ' || (data ->> 'phase_of')), fields)
    WHEN 'joint_venture_agreed' THEN concat(data ->> 'venture_id', ' agreed (', data ->> 'agreement', '): ', partners)
    WHEN 'joint_venture_formed' THEN concat(data ->> 'venture_id', ' formed: ', partners)
    WHEN 'stake_stated' THEN concat(data ->> 'owner_id', ' holds ', held_in_words(data ->> 'stake_pct'), ' of ', data ->> 'owned_id',
                                    CASE WHEN (data ->> 'kind') <> 'issued' THEN ' (' || (data ->> 'kind') || ')' ELSE '' END)
    WHEN 'facility_stake_stated' THEN concat(data ->> 'owner_id', ' holds ', held_in_words(data ->> 'stake_pct'), ' of facility ', e.facility_id,
                                             CASE WHEN (data ->> 'kind') <> 'issued' THEN ' (' || (data ->> 'kind') || ')' ELSE '' END)
    WHEN 'facility_stake_transferred' THEN concat(data ->> 'stake_pct', ' % of facility ', e.facility_id, ' from ',
                                                  coalesce(data ->> 'from_id', 'unknown'), ' to ',
                                                  coalesce(data ->> 'to_id', 'unknown'), ' (', data ->> 'kind', ')')
    WHEN 'control_asserted' THEN concat(data ->> 'controller_id', ' controls ', data ->> 'controlled_id', ': ', data ->> 'rationale')
    WHEN 'control_ended' THEN concat(data ->> 'controller_id', ' no longer controls ', data ->> 'controlled_id',
                                     CASE WHEN (data ->> 'rationale') IS NOT NULL THEN ': ' || (data ->> 'rationale') ELSE '' END)
    WHEN 'stake_transferred' THEN concat(data ->> 'stake_pct', ' % of ', data ->> 'owned_id', ' from ',
                                         coalesce(data ->> 'from_id', 'unknown or new issue'), ' to ',
                                         coalesce(data ->> 'to_id', 'unknown'), ' (', data ->> 'kind', ')')
    WHEN 'project_completed' THEN concat(e.project_id, ': ', capacity, ' commissioned', ', unit ' || e.unit_id, CASE WHEN e.is_final THEN ', final' ELSE '' END)
    WHEN 'capacity_swap_announced' THEN concat(e.project_id, ': ', capacity, ' to be built against capacity that goes',
                                               CASE WHEN (data ->> 'ratio') IS NOT NULL THEN ', ratio ' || (data ->> 'ratio') ELSE '' END)
    WHEN 'capacity_swap_amended' THEN concat_ws('; ', (data ->> 'swap_id') || ' amended', CASE WHEN (data ->> 'ratio') IS NOT NULL THEN 'ratio ' || (data ->> 'ratio') END,
                                                e.reason)
    WHEN 'swap_objection_lodged' THEN concat(data ->> 'swap_id', ': ', coalesce(data ->> 'objector_id', data ->> 'objector', 'somebody'), ' objected: ', e.reason)
    WHEN 'capacity_swap_revoked' THEN concat_ws(': ', (data ->> 'swap_id') || ' revoked', e.reason)
    WHEN 'credit_lot_recognised' THEN concat(capacity, ' of ', e.facility_id, ' recognised as credit ', data ->> 'lot_id')
    WHEN 'credit_lot_transferred' THEN concat(capacity, ' of credit ', data ->> 'lot_id', ' from ', coalesce(data ->> 'from_id', 'unknown'), ' to ', data ->> 'to_id')
    WHEN 'credit_lot_returned' THEN concat(capacity, ' of credit ', data ->> 'lot_id', ' returned by ', data ->> 'swap_id')
    WHEN 'capacity_reported' THEN concat(capacity, ' of ', data ->> 'activity_id', ' reported for ', concat_ws(', ', coalesce(data ->> 'region', data ->> 'country'), data ->> 'firm_id'))
    WHEN 'quota_issued' THEN concat_ws(' ', data ->> 'jurisdiction', data ->> 'year', data ->> 'batch', data ->> 'stage', data ->> 'material', 'quota of',
                                       coalesce(data ->> 'holder_id', 'the nation') || ':',
                                       coalesce(data -> 'amount' ->> 'written', concat_ws(' ', data -> 'amount' ->> 'value', data -> 'amount' ->> 'unit',
                                                nullif(data -> 'amount' ->> 'bound', 'exact'))))
    WHEN 'rule_enacted' THEN concat_ws('; ', data ->> 'title', replace(data ->> 'kind', '_', ' ') || coalesce(' ' || (data ->> 'ratio_min'), ''), 'from ' || coalesce(data ->> '$.in_force_from.written', readable_date(data ->> '$.in_force_from.edtf')))
    WHEN 'rule_suspended' THEN concat_ws(' ', data ->> 'rule_id', 'suspended', 'until ' || coalesce(data ->> '$.until.written', readable_date(data ->> '$.until.edtf')))
    WHEN 'rule_repealed' THEN concat(data ->> 'rule_id', ' repealed')
    WHEN 'support_awarded' THEN concat_ws(' ', (data ->> 'support_id') || ':', data ->> 'instrument', data ->> 'stage',
                                          CASE WHEN (data ->> '$.amount.bound') IS NULL
                                               THEN concat_ws(' ', data -> 'amount' ->> 'currency', data -> 'amount' ->> 'amount')
                                               ELSE coalesce(data ->> '$.amount.written', concat_ws(' ', replace(data ->> '$.amount.bound', '_', ' '), data ->> '$.amount.currency',
                                                    concat_ws('-', data ->> '$.amount.amount', data ->> '$.amount.at_most'))) END,
                                          'to ' || (data ->> 'recipient_id'))
    WHEN 'exchange_rate_stated' THEN concat('1 ', data ->> 'currency', ' = ', data ->> 'rate', ' ', data ->> 'in_currency')
    WHEN 'event_retracted' THEN concat('retracted (', data ->> 'because', '): ', e.reason)
    WHEN 'claim_recorded' THEN concat(
      data ->> 'stance', ' an event',
      ': ' || list_aggregate(
        list_transform(from_json(data -> 'differing', '[{"field": "VARCHAR", "value": "VARCHAR"}]'),
                       lambda one: one.field || ' ' || shown_claim(one.field, one.value)),
        'string_agg', ', ')
    )
    ELSE concat_ws(': ', e.project_id, nullif(concat_ws('; ',
      CASE WHEN e.capacity IS NOT NULL THEN capacity END,
      coalesce(e.investment.written, e.investment.currency || ' ' || e.investment.amount),
      CASE WHEN e.due.edtf IS NOT NULL THEN 'due ' || shown_date(e.due) END,
      CASE WHEN e.replacement IN ('equal', 'reduced') THEN e.replacement || ' replacement' END,
      e.reason), ''))
  END AS summary, -- its content in a few words
  coalesce(e.supersedes.event_id, CASE WHEN type = 'event_retracted' THEN (data ->> 'target')::UUID END) AS supersedes_id, -- event that it corrects or retracts
  coalesce(e.supersedes.because, CASE WHEN type = 'event_retracted' THEN (data ->> 'because') END) AS because -- error or revision
FROM worded
