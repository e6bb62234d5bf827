/* One row per event: its envelope, what it is about, and a sentence that sums it up. */
WITH
decoded AS (
  SELECT
    position,
    type,
    recorded_at,
    list_sort(list_filter(
      from_json(tags, '["VARCHAR"]'), lambda tag: NOT (tag LIKE 'event:%' OR tag LIKE 'content:%')
    )) AS subjects,
    from_json(data, '{
      "event_id": "UUID", "effective": {"edtf": "VARCHAR", "earliest": "DATE", "latest": "DATE"},
      "known_on": "DATE", "assertion": "VARCHAR", "sources": ["JSON"],
      "supersedes": {"event_id": "UUID", "because": "VARCHAR"}, "target": "UUID", "because": "VARCHAR",
      "stance": "VARCHAR", "differing": [{"field": "VARCHAR", "value": "VARCHAR"}],
      "name": "VARCHAR", "reason": "VARCHAR",
      "project_id": "VARCHAR", "firm_id": "VARCHAR", "into_firm_id": "VARCHAR", "facility_id": "VARCHAR", "venture_id": "VARCHAR",
      "owned_id": "VARCHAR", "owner_id": "VARCHAR", "from_id": "VARCHAR", "to_id": "VARCHAR",
      "stake_pct": "VARCHAR", "kind": "VARCHAR", "agreement": "VARCHAR",
      "controlled_id": "VARCHAR", "controller_id": "VARCHAR", "rationale": "VARCHAR",
      "partners": [{"firm_id": "VARCHAR", "stake_pct": "VARCHAR"}],
      "capacity": {"value": "VARCHAR", "bound": "VARCHAR", "unit": "VARCHAR", "written": "VARCHAR"},
      "build_capacity": {"value": "VARCHAR", "bound": "VARCHAR", "unit": "VARCHAR", "written": "VARCHAR"},
      "investment": {"amount": "VARCHAR", "currency": "VARCHAR", "written": "VARCHAR"}, "due": {"edtf": "VARCHAR"},
      "replacement": "VARCHAR", "ratio": "VARCHAR", "is_final": "BOOLEAN",
      "swap_id": "VARCHAR", "lot_id": "VARCHAR", "rule_id": "VARCHAR", "objector": "VARCHAR", "objector_id": "VARCHAR",
      "title": "VARCHAR", "ratio_min": "VARCHAR", "in_force_from": {"edtf": "VARCHAR"}, "until": {"edtf": "VARCHAR"},
      "support_id": "VARCHAR", "recipient_id": "VARCHAR", "instrument": "VARCHAR", "stage": "VARCHAR",
      "country": "VARCHAR", "region": "VARCHAR", "activity_id": "VARCHAR", "holder_id": "VARCHAR",
      "jurisdiction": "VARCHAR", "year": "VARCHAR", "batch": "VARCHAR", "material": "VARCHAR", "amount": "JSON"
    }') AS e
  FROM batch
),
worded AS (
  SELECT
    *,
    coalesce(e.capacity.written, e.build_capacity.written,
             nullif(concat_ws(' ',
                              CASE coalesce(e.capacity.bound, e.build_capacity.bound)
                                WHEN 'at_least' THEN '>=' WHEN 'at_most' THEN '<=' WHEN 'more_than' THEN '>'
                                WHEN 'unknown' THEN 'unknown' WHEN 'withheld' THEN 'withheld' END,
                              coalesce(e.capacity.value, e.build_capacity.value),
                              coalesce(e.capacity.unit, e.build_capacity.unit)), ''), 'capacity') AS capacity,
    list_aggregate(
      list_transform(e.partners, lambda partner: concat_ws(' ', partner.firm_id, partner.stake_pct || ' %')),
      'string_agg', ', '
    ) AS partners,
    concat_ws('; ',
      coalesce(e.investment.written, e.investment.currency || ' ' || e.investment.amount),
      CASE WHEN e.due.edtf IS NOT NULL THEN 'due ' || e.due.edtf END,
      CASE WHEN e.replacement IN ('equal', 'reduced') THEN e.replacement || ' replacement' END,
      e.reason
    ) AS particulars
  FROM decoded
)
SELECT
  position, -- ledger position, 1 for the first event
  e.event_id AS event_id, -- the id of the event, the same in every ledger that holds it
  type, -- wire name of the event type
  e.effective.edtf AS effective, -- when it was true in the world, in the stated EDTF subset
  coalesce(e.effective.earliest, DATE '0001-01-01') AS effective_earliest, -- first day it may have been true
  least(coalesce(e.effective.latest, e.known_on), e.known_on) AS effective_latest, -- last such day, at most known_on
  e.known_on AS known_on, -- day it was public
  recorded_at, -- UTC instant at which the ledger took it
  e.assertion AS assertion, -- confirmed, reported, inferred or rumour
  coalesce(len(e.sources), 0)::INTEGER AS source_count, -- number of sources that the event names
  subjects, -- what it is about, as kind:id
  CASE type
    WHEN 'firm_registered' THEN 'firm ' || e.name
    WHEN 'firm_renamed' THEN concat(e.firm_id, ' is now ', e.name)
    WHEN 'firm_merged' THEN concat(e.firm_id, ' merged into ', e.into_firm_id)
    WHEN 'firm_alias_registered' THEN concat(e.firm_id, ' is also called ', e.name)
    WHEN 'facility_registered' THEN 'facility ' || e.name
    WHEN 'project_registered' THEN 'project ' || e.name
    WHEN 'joint_venture_agreed' THEN concat(e.venture_id, ' agreed (', e.agreement, '): ', partners)
    WHEN 'joint_venture_formed' THEN concat(e.venture_id, ' formed: ', partners)
    WHEN 'stake_stated' THEN concat(e.owner_id, ' holds ', e.stake_pct, ' % of ', e.owned_id,
                                    CASE WHEN e.kind <> 'issued' THEN ' (' || e.kind || ')' ELSE '' END)
    WHEN 'facility_stake_stated' THEN concat(e.owner_id, ' holds ', e.stake_pct, ' % of facility ', e.facility_id,
                                             CASE WHEN e.kind <> 'issued' THEN ' (' || e.kind || ')' ELSE '' END)
    WHEN 'facility_stake_transferred' THEN concat(e.stake_pct, ' % of facility ', e.facility_id, ' from ',
                                                  coalesce(e.from_id, 'unknown'), ' to ',
                                                  coalesce(e.to_id, 'unknown'), ' (', e.kind, ')')
    WHEN 'control_asserted' THEN concat(e.controller_id, ' controls ', e.controlled_id, ': ', e.rationale)
    WHEN 'control_ended' THEN concat(e.controller_id, ' no longer controls ', e.controlled_id,
                                     CASE WHEN e.rationale IS NOT NULL THEN ': ' || e.rationale ELSE '' END)
    WHEN 'stake_transferred' THEN concat(e.stake_pct, ' % of ', e.owned_id, ' from ',
                                         coalesce(e.from_id, 'unknown or new issue'), ' to ',
                                         coalesce(e.to_id, 'unknown'), ' (', e.kind, ')')
    WHEN 'capacity_stated' THEN concat(capacity, ' installed at ', e.facility_id)
    WHEN 'capacity_idled' THEN concat(capacity, ' idled at ', e.facility_id)
    WHEN 'capacity_restarted' THEN concat(capacity, ' restarted at ', e.facility_id)
    WHEN 'capacity_retired' THEN concat(capacity, ' retired at ', e.facility_id)
    WHEN 'project_completed' THEN concat(e.project_id, ': ', capacity, ' commissioned', CASE WHEN e.is_final THEN ', final' ELSE '' END)
    WHEN 'capacity_swap_announced' THEN concat(e.project_id, ': ', capacity, ' to be built against capacity that goes',
                                               CASE WHEN e.ratio IS NOT NULL THEN ', ratio ' || e.ratio ELSE '' END)
    WHEN 'capacity_swap_amended' THEN concat_ws('; ', e.swap_id || ' amended', CASE WHEN e.ratio IS NOT NULL THEN 'ratio ' || e.ratio END,
                                                e.reason)
    WHEN 'swap_objection_lodged' THEN concat(e.swap_id, ': ', coalesce(e.objector_id, e.objector, 'somebody'), ' objected: ', e.reason)
    WHEN 'capacity_swap_revoked' THEN concat_ws(': ', e.swap_id || ' revoked', e.reason)
    WHEN 'credit_lot_recognised' THEN concat(capacity, ' of ', e.facility_id, ' recognised as credit ', e.lot_id)
    WHEN 'credit_lot_transferred' THEN concat(capacity, ' of credit ', e.lot_id, ' from ', coalesce(e.from_id, 'unknown'), ' to ', e.to_id)
    WHEN 'credit_lot_returned' THEN concat(capacity, ' of credit ', e.lot_id, ' returned by ', e.swap_id)
    WHEN 'capacity_reported' THEN concat(capacity, ' of ', e.activity_id, ' reported for ', concat_ws(', ', coalesce(e.region, e.country), e.firm_id))
    WHEN 'quota_issued' THEN concat_ws(' ', e.jurisdiction, e.year, e.batch, e.stage, e.material, 'quota of',
                                       coalesce(e.holder_id, 'the nation') || ':',
                                       coalesce(e.amount ->> 'written', concat_ws(' ', e.amount ->> 'value', e.amount ->> 'unit',
                                                nullif(e.amount ->> 'bound', 'exact'))))
    WHEN 'rule_enacted' THEN concat_ws('; ', e.title, replace(e.kind, '_', ' ') || coalesce(' ' || e.ratio_min, ''), 'from ' || e.in_force_from.edtf)
    WHEN 'rule_suspended' THEN concat_ws(' ', e.rule_id, 'suspended', 'until ' || e.until.edtf)
    WHEN 'rule_repealed' THEN concat(e.rule_id, ' repealed')
    WHEN 'support_awarded' THEN concat_ws(' ', e.support_id || ':', e.instrument, e.stage, e.amount ->> 'currency', e.amount ->> 'amount',
                                          'to ' || e.recipient_id)
    WHEN 'event_retracted' THEN concat('retracted (', e.because, '): ', e.reason)
    WHEN 'claim_recorded' THEN concat(
      e.stance, ' an event',
      ': ' || list_aggregate(list_transform(e.differing, lambda one: one.field || ' ' || one.value), 'string_agg', ', ')
    )
    ELSE concat_ws(': ', e.project_id,
                   nullif(concat_ws('; ', CASE WHEN e.capacity IS NOT NULL THEN capacity END, nullif(particulars, '')), ''))
  END AS summary, -- what it says, in a few words
  coalesce(e.supersedes.event_id, CASE WHEN type = 'event_retracted' THEN e.target END) AS supersedes_id, -- event that it corrects or retracts
  coalesce(e.supersedes.because, CASE WHEN type = 'event_retracted' THEN e.because END) AS because -- error or revision
FROM worded
