/* Two statements of one thing for one day give different figures, and only one counts. Severity: warning. Asked at
   recording. One row per thing and day: the capacity of a plant or of one of its units, a share or all shares of a venture,
   the plan of a project, an amount of support, a new name, control, a published total, the operator or owner of a plant, who
   builds a project, or a planned retirement; also where two sources give a capacity within a week, or announce or approve a
   project within 60 days, with different figures. */
WITH
capacity AS (
  SELECT
    facility_id, activity_id, unit_id, capacity, capacity_low, capacity_high, idle_share_pct, position, effective_earliest,
    effective_day(effective_earliest, effective_latest) AS happened_on
  FROM capacity_statement
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
),
new_capacity AS (
  FROM capacity SEMI JOIN (SELECT facility_id FROM capacity WHERE is_new(position)) AS touched USING (facility_id)
),
share AS (
  SELECT owned_kind, owned_id, owner_id, stake_pct, stated_as, kind, is_whole, position, effective_day(effective_earliest, effective_latest) AS happened_on
  FROM stake_statement
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
),
new_share AS (
  FROM share SEMI JOIN (SELECT owned_id FROM share WHERE is_new(position)) AS touched USING (owned_id)
),
whole AS (
  -- Where one source states no percentage, the names of the owners are compared.
  SELECT owned_id, happened_on, position, list((owner_id, CASE WHEN NOT is_vague THEN stake_pct END) ORDER BY owner_id) AS owners
  FROM (
    SELECT *, bool_or(stated_as <> 'exact') OVER (PARTITION BY owned_id, happened_on) AS is_vague FROM new_share WHERE is_whole
  )
  GROUP BY owned_id, happened_on, position
),
plan AS (
  SELECT
    project_id, step, capacity_planned, investment_amount, investment_currency, due_earliest, due_latest, due, position,
    effective_day(effective_earliest, effective_latest) AS happened_on
  FROM project_step
  WHERE step NOT IN ('completed', 'suspended', 'resumed', 'cancelled')
    AND known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
),
new_plan AS (
  FROM plan SEMI JOIN (SELECT project_id FROM plan WHERE is_new(position)) AS touched USING (project_id)
),
award AS (
  SELECT support_id, stage, amount_low, amount_high, currency, position, effective_day(effective_earliest, effective_latest) AS happened_on
  FROM support_award
  WHERE stage IN ('announced', 'awarded')
    AND known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
),
-- Each with the one before it: two of one day are neighbours, as are those that are days apart. A number for what they are
-- about: sorting by one number takes half the time that sorting by two texts does.
account AS (
  SELECT facility_id, activity_id, unit_id, row_number() OVER ()::INTEGER AS account
  FROM new_capacity
  GROUP BY facility_id, activity_id, unit_id
),
ordered_capacity AS (
  SELECT
    account, position, capacity, happened_on, lag(position) OVER earlier AS before, lag(capacity) OVER earlier AS capacity_before,
    lag(happened_on) OVER earlier AS happened_before
  FROM (
    SELECT account.account, one.position, one.capacity, one.happened_on
    FROM new_capacity AS one
    JOIN account ON account.facility_id = one.facility_id AND account.activity_id = one.activity_id
      AND account.unit_id IS NOT DISTINCT FROM one.unit_id
  )
  WINDOW earlier AS (PARTITION BY account ORDER BY happened_on, position)
),
close_capacity AS (
  SELECT account.facility_id, account.activity_id, account.unit_id, one.* EXCLUDE (account)
  FROM ordered_capacity AS one JOIN account USING (account)
  WHERE one.happened_on - one.happened_before <= 7
),
scope AS (
  SELECT project_id, step, row_number() OVER ()::INTEGER AS scope
  FROM new_plan
  WHERE step IN ('announced', 'approved') AND capacity_planned IS NOT NULL
  GROUP BY project_id, step
),
ordered_plan AS (
  SELECT
    scope, position, capacity_planned, happened_on, lag(position) OVER earlier AS before,
    lag(capacity_planned) OVER earlier AS capacity_before, lag(happened_on) OVER earlier AS happened_before
  FROM (
    SELECT scope.scope, one.position, one.capacity_planned, one.happened_on
    FROM new_plan AS one JOIN scope USING (project_id, step)
    WHERE one.capacity_planned IS NOT NULL
  )
  WINDOW earlier AS (PARTITION BY scope ORDER BY happened_on, position)
),
near AS (
  SELECT 'facility:' || facility_id AS subject, concat(activity_id, ', unit ' || unit_id, ' within a week') AS what, position, before
  FROM close_capacity
  WHERE happened_on > happened_before AND capacity IS DISTINCT FROM capacity_before
  UNION ALL
  SELECT 'project:' || scope.project_id, scope.step || ' within 60 days', one.position, one.before
  FROM ordered_plan AS one JOIN scope USING (scope)
  WHERE happened_on - happened_before BETWEEN 1 AND 60 AND capacity_planned <> capacity_before
),
shared AS (
  SELECT DISTINCT near.before, near.position
  FROM near
  JOIN event_source AS one ON one.position = near.before
  JOIN event_source AS two ON two.position = near.position AND two.title = one.title
    AND two.publisher IS NOT DISTINCT FROM one.publisher AND two.url IS NOT DISTINCT FROM one.url
),
found AS (
  SELECT
    'facility:' || facility_id AS subject, concat(activity_id, ', unit ' || unit_id, ' on ', spoken_day(happened_on)) AS what,
    list(position) AS positions
  FROM new_capacity SEMI JOIN (FROM close_capacity WHERE happened_on = happened_before) AS repeated
    USING (facility_id, activity_id, happened_on)
  GROUP BY facility_id, activity_id, unit_id, happened_on
  HAVING min(capacity_low) < max(capacity_low) OR min(coalesce(capacity_high, -1)) < max(coalesce(capacity_high, -1))
    OR min(idle_share_pct) < max(idle_share_pct)
  UNION ALL
  SELECT near.subject, near.what, [near.before, near.position]
  FROM near ANTI JOIN shared ON shared.before = near.before AND shared.position = near.position
  UNION ALL
  SELECT concat(owned_kind, ':', owned_id), concat('the ', kind, ' share of ', owner_id, ' on ', spoken_day(happened_on)), list(position)
  FROM new_share
  WHERE owner_id IS NOT NULL
  GROUP BY owned_kind, owned_id, owner_id, kind, happened_on
  HAVING min(stake_pct) < max(stake_pct) OR (bool_or(stated_as = 'majority') AND min(stake_pct) <= 50)
  UNION ALL
  SELECT 'firm:' || owned_id, 'all its shares on ' || spoken_day(happened_on), list(position)
  FROM whole
  GROUP BY owned_id, happened_on
  HAVING count(DISTINCT owners) > 1
  UNION ALL
  SELECT 'project:' || project_id, concat('plan ', step, ' on ', spoken_day(happened_on)), list(position)
  FROM new_plan SEMI JOIN (SELECT project_id, step, happened_on FROM new_plan GROUP BY ALL HAVING count(*) > 1) AS repeated
    USING (project_id, step, happened_on)
  GROUP BY project_id, step, happened_on
  HAVING min(capacity_planned) < max(capacity_planned) OR min(investment_amount) < max(investment_amount)
    OR min(investment_currency) < max(investment_currency) OR min(due) < max(due)
  UNION ALL
  SELECT 'support:' || support_id, concat('amount ', stage, ' on ', spoken_day(happened_on)), list(position)
  FROM award
  GROUP BY support_id, stage, happened_on
  HAVING count(DISTINCT (amount_low, amount_high, currency)) FILTER (WHERE amount_low IS NOT NULL) > 1 AND bool_or(is_new(position))
  UNION ALL
  SELECT 'firm:' || firm_id, 'new name on ' || spoken_day(effective_day(effective_earliest, effective_latest)), list(position)
  FROM firm_name
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
  GROUP BY firm_id, effective_day(effective_earliest, effective_latest)
  HAVING count(DISTINCT name) > 1 AND bool_or(is_new(position))
  UNION ALL
  SELECT kind || ':' || id, 'new name on ' || spoken_day(effective_day(effective_earliest, effective_latest)), list(position)
  FROM place_name
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
  GROUP BY kind, id, effective_day(effective_earliest, effective_latest)
  HAVING count(DISTINCT name) > 1 AND bool_or(is_new(position))
  UNION ALL
  SELECT 'firm:' || controlled_id, concat('control by ', controller_id, ' on ', spoken_day(effective_day(effective_earliest, effective_latest))), list(position)
  FROM control_statement
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
  GROUP BY controlled_id, controller_id, effective_day(effective_earliest, effective_latest)
  HAVING count(DISTINCT is_asserted) > 1 AND bool_or(is_new(position))
  UNION ALL
  SELECT
    coalesce('firm:' || firm_id, 'region:' || region_code, 'country:' || country_code),
    concat('the published total of ', activity_id, ' (', measure, ') on ', spoken_day(effective_day(effective_earliest, effective_latest))),
    list(position)
  FROM capacity_report
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
  GROUP BY scope_id, firm_id, region_code, country_code, activity_id, measure, effective_day(effective_earliest, effective_latest)
  HAVING min(capacity) < max(capacity) AND bool_or(is_new(position))
  UNION ALL
  SELECT
    'facility:' || facility_id, 'operator or owner from ' || spoken_day(effective_day(effective_earliest, effective_latest)),
    list(position)
  FROM facility_transfer
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
  GROUP BY facility_id, effective_day(effective_earliest, effective_latest)
  HAVING (min(operator_id) < max(operator_id) OR min(owner_id) < max(owner_id)) AND bool_or(is_new(position))
  UNION ALL
  SELECT 'facility:' || facility_id, 'region from ' || spoken_day(effective_day(effective_earliest, effective_latest)), list(position)
  FROM facility_move
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
  GROUP BY facility_id, effective_day(effective_earliest, effective_latest)
  HAVING count(DISTINCT region_code) > 1 AND bool_or(is_new(position))
  UNION ALL
  SELECT 'project:' || project_id, 'facility from ' || spoken_day(effective_day(effective_earliest, effective_latest)), list(position)
  FROM project_move
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
  GROUP BY project_id, effective_day(effective_earliest, effective_latest)
  HAVING count(DISTINCT facility_id) > 1 AND bool_or(is_new(position))
  UNION ALL
  SELECT 'project:' || project_id, 'builder from ' || spoken_day(effective_day(effective_earliest, effective_latest)), list(position)
  FROM project_transfer
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
  GROUP BY project_id, effective_day(effective_earliest, effective_latest)
  HAVING count(DISTINCT firm_id) > 1 AND bool_or(is_new(position))
  UNION ALL
  SELECT
    'facility:' || facility_id,
    concat('planned retirement of ', activity_id, ' on ', spoken_day(effective_day(effective_earliest, effective_latest))), list(position)
  FROM retirement_plan
  WHERE known_on <= p_known_at AND known_to > p_known_at AND effective_day(effective_earliest, effective_latest) <= p_as_of
    AND NOT is_withdrawal
  GROUP BY facility_id, activity_id, phase_number, effective_day(effective_earliest, effective_latest)
  HAVING (min(capacity) < max(capacity) OR min(due_edtf) < max(due_edtf)) AND bool_or(is_new(position))
)
SELECT
  finding.subject AS subject,
  concat(finding.what, ': ', string_agg(DISTINCT concat('“', event.summary, '” (', event.effective, ', e', event.position, ')'), ' or ' ORDER BY concat('“', event.summary, '” (', event.effective, ', e', event.position, ')'))) AS message,
  finding.positions AS positions
FROM (SELECT subject, what, positions, unnest(positions) AS position FROM found) AS finding
JOIN event ON event.position = finding.position
GROUP BY finding.subject, finding.what, finding.positions
