/* One row per event that became known from $since to the knowledge date, by country and activity, the newest last. `change` is
   on the last event of each project: how its state differs from the state known on the day before $since. */
WITH
recent AS (
  SELECT
    event_log.*,
    -- The registration of a phase names the whole as well.
    coalesce(phase.project_id, list_filter(subjects, lambda one: one LIKE 'project:%')[1][9:]) AS project_id,
    list_filter(subjects, lambda one: one LIKE 'facility:%')[1][10:] AS facility_id,
    list_filter(subjects, lambda one: one LIKE 'activity:%')[1][10:] AS activity_id,
    list_filter(subjects, lambda one: one LIKE 'firm:%')[1][6:] AS firm_id,
    list_filter(subjects, lambda one: one LIKE 'rule:%')[1][6:] AS rule_id,
    list_filter(subjects, lambda one: one LIKE 'quota:%')[1][7:] AS quota_id,
    list_filter(subjects, lambda one: one LIKE 'support:%')[1][9:] AS support_id
  FROM event_log
  LEFT JOIN (SELECT position, project_id FROM project_registration WHERE phase_of IS NOT NULL) AS phase USING (position)
  -- With $after and $told: recorded after a position, or public after a day, whichever; for `watch`.
  WHERE coalesce(position > $after::BIGINT OR known_on > $told::DATE, known_on >= $since::DATE)
),
changed AS (
  SELECT
    now.project_id,
    array_to_string(list_filter([
      CASE WHEN before.status <> now.status THEN concat('status ', before.status, ' → ', now.status) END,
      CASE WHEN before.due IS DISTINCT FROM now.due AND before.due IS NOT NULL
           THEN concat('due ', before.due, ' → ', coalesce(now.due, 'not stated'),
                       CASE WHEN now.due_latest <> before.due_latest
                            THEN printf(' (%+d days)', (now.due_latest - before.due_latest)::INTEGER) ELSE '' END) END,
      CASE WHEN before.capacity_planned IS DISTINCT FROM now.capacity_planned AND before.project_id IS NOT NULL
           THEN concat('planned ', coalesce(spoken(before.capacity_planned), 'unknown'), ' → ',
                       coalesce(spoken(now.capacity_planned), 'unknown'), ' ', now.unit) END,
      CASE WHEN before.firm_id IS DISTINCT FROM now.firm_id AND before.project_id IS NOT NULL
           THEN concat('firm ', coalesce(before.firm_id, 'unknown'), ' → ', coalesce(now.firm_id, 'unknown')) END,
      CASE WHEN before.facility_id IS DISTINCT FROM now.facility_id AND before.project_id IS NOT NULL
           THEN concat('facility ', coalesce(before.facility_id, 'unknown'), ' → ', coalesce(now.facility_id, 'unknown')) END
    ], lambda one: one IS NOT NULL), '; ') AS change
  FROM _project_headline_at(as_of(), known_at()) AS now
  LEFT JOIN _project_headline_at(as_of(), ($since::DATE - 1)::DATE) AS before USING (project_id)
  WHERE now.project_id IN (SELECT project_id FROM recent)
),
source AS (
  SELECT position, string_agg(DISTINCT title, '; ' ORDER BY title) AS sources FROM event_source
  WHERE position IN (SELECT position FROM recent) -- a million events have as many sources
  GROUP BY position
),
news AS (
  SELECT
    coalesce(placed.country_code, facility.country_code, rule.jurisdiction, quota.jurisdiction, support.jurisdiction, firm.country_code) AS country_code, -- of the project, facility, rule, quota, support or firm
    coalesce(recent.activity_id, project.activity_id) AS activity_id, -- activity that it is about; NULL if none
    recent.known_on AS known_on, -- day it was public
    CASE
      WHEN recent.type = 'event_retracted' OR recent.position IN (SELECT superseded_by FROM event) THEN 'correction'
      WHEN recent.type IN ('project_registered', 'project_announced') THEN 'new project'
      WHEN recent.type = 'project_approved' THEN 'approval'
      WHEN recent.type = 'schedule_revised' THEN 'schedule'
      WHEN recent.type IN ('scope_revised', 'project_moved') THEN 'scope'
      WHEN recent.type IN ('construction_started', 'construction_completed', 'trial_production_started', 'project_suspended', 'project_resumed') THEN 'progress'
      WHEN recent.type = 'project_completed' THEN 'completion'
      WHEN recent.type = 'project_cancelled' THEN 'cancellation'
      WHEN recent.type LIKE 'capacity_swap%' OR recent.type LIKE 'credit_lot%' THEN 'swap'
      WHEN recent.type LIKE 'capacity_%' OR recent.type IN ('facility_moved', 'facility_merged', 'facility_split') THEN 'capacity'
      WHEN recent.type LIKE 'retirement_%' THEN 'planned retirement'
      WHEN recent.type LIKE 'rule_%' THEN 'rule'
      WHEN recent.type LIKE 'quota_%' THEN 'quota'
      WHEN recent.type LIKE 'support_%' THEN 'support'
      WHEN recent.type = 'claim_recorded' THEN 'claim'
      WHEN recent.type LIKE '%_registered' OR recent.type = 'field_declared' THEN 'registration'
      ELSE 'ownership'
    END AS what, -- kind of news: new project, approval, schedule, scope, progress, completion, cancellation, capacity, planned retirement, swap, rule, quota, support, ownership, claim, correction or registration
    coalesce('project:' || recent.project_id, 'facility:' || recent.facility_id,
             list_filter(recent.subjects, lambda one: one NOT LIKE 'activity:%' AND one NOT LIKE 'firm:%')[1],
             recent.subjects[1]) AS subject, -- what it is about, as kind:id
    recent.summary AS summary, -- its content in a few words
    CASE WHEN recent.position = max(recent.position) OVER (PARTITION BY recent.project_id) THEN nullif(changed.change, '') END AS change, -- of its project since the day before: status, due date, plan, firm, facility
    source.sources AS sources, -- titles of its sources
    recent.position AS position, -- ledger position
    recent.type AS type, -- event type
    recent.effective AS effective, -- when it was true in the world, as the source wrote it
    recent.superseded_by AS superseded_by -- position of the event that corrects or retracts it
  FROM recent
  LEFT JOIN _project_registered_at(as_of(), known_at()) AS project ON project.project_id = recent.project_id
  LEFT JOIN facility AS placed ON placed.facility_id = project.facility_id
  LEFT JOIN facility ON facility.facility_id = recent.facility_id
  LEFT JOIN firm ON firm.firm_id = recent.firm_id
  LEFT JOIN _rule_at(as_of(), known_at()) AS rule ON rule.rule_id = recent.rule_id
  LEFT JOIN (SELECT DISTINCT ON (quota_id) quota_id, jurisdiction FROM quota) AS quota ON quota.quota_id = recent.quota_id
  LEFT JOIN (SELECT DISTINCT ON (support_id) support_id, jurisdiction FROM support) AS support
    ON support.support_id = recent.support_id
  LEFT JOIN changed ON changed.project_id = recent.project_id
  LEFT JOIN source ON source.position = recent.position
)
SELECT * FROM news
WHERE (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], country_code))
  AND (len($activity::VARCHAR[]) = 0 OR list_contains($activity::VARCHAR[], activity_id))
  AND (len($what::VARCHAR[]) = 0 OR list_contains($what::VARCHAR[], what))
ORDER BY country_code NULLS LAST, activity_id NULLS LAST, known_on, position
