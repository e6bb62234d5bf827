/* One row per state of a swap that hangs on lots or rules: the folds of _swap_terms.sql, _swap_rule.sql, _swap_ratio.sql and
   _swap_figure.sql, on the grid of all moments at which one of its events, of its lots' or of its rules' counts. */
WITH
mode AS (SELECT unnest(['latest', 'earliest']) AS dates),
swap AS MATERIALIZED (SELECT swap_id FROM step_swap WHERE is_coupled),
lot AS MATERIALIZED (
  SELECT DISTINCT swap_id, lot_id FROM swap_leg SEMI JOIN swap USING (swap_id) WHERE lot_id IS NOT NULL
),
happening AS MATERIALIZED (
  SELECT
    position, dates, day, moment(day, order_known_on, order_position) AS v, known_moment(known_on) AS k_from,
    coalesce(ended_event.k_to, endless()) AS k_to
  FROM (
    SELECT
      position, order_known_on, order_position, known_on, known_to, dates,
      CASE dates WHEN 'earliest' THEN effective_earliest ELSE effective_latest END AS day
    FROM (
      SELECT position, effective_earliest, effective_latest, order_known_on, order_position, known_on, known_to
      FROM swap_statement SEMI JOIN swap USING (swap_id)
      UNION ALL
      SELECT position, effective_earliest, effective_latest, order_known_on, order_position, known_on, known_to
      FROM swap_outcome SEMI JOIN swap USING (swap_id)
      UNION ALL
      SELECT position, effective_earliest, effective_latest, order_known_on, order_position, known_on, known_to
      FROM capacity_move
      WHERE type = 'capacity_retired' AND (swap_id IN (FROM swap) OR lot_id IN (SELECT lot_id FROM lot))
      UNION ALL
      SELECT position, effective_earliest, effective_latest, order_known_on, order_position, known_on, known_to
      FROM lot_recognition
      WHERE lot_id IN (SELECT lot_id FROM lot)
      UNION ALL
      SELECT position, effective_earliest, effective_latest, order_known_on, order_position, known_on, known_to
      FROM lot_return SEMI JOIN swap USING (swap_id)
      UNION ALL
      SELECT position, effective_earliest, effective_latest, order_known_on, order_position, known_on, known_to
      FROM rule_enactment
      WHERE EXISTS (FROM swap)
      UNION ALL
      SELECT position, effective_earliest, effective_latest, order_known_on, order_position, known_on, known_to
      FROM rule_ending
      WHERE EXISTS (FROM swap)
    )
    CROSS JOIN mode
    WHERE known_to > known_on
  )
  LEFT JOIN ended_event USING (position)
),
statement AS MATERIALIZED (
  SELECT happening.*, stated.* EXCLUDE (position)
  FROM swap_statement AS stated SEMI JOIN swap USING (swap_id)
  JOIN happening USING (position)
),
revocation AS MATERIALIZED (
  SELECT happening.*, swap_id
  FROM swap_outcome SEMI JOIN swap USING (swap_id)
  JOIN happening USING (position)
  WHERE outcome = 'revoked'
),
retirement AS MATERIALIZED (
  SELECT happening.*, swap_id, lot_id, capacity
  FROM capacity_move
  JOIN happening USING (position)
  WHERE type = 'capacity_retired'
),
recognition AS MATERIALIZED (SELECT happening.*, lot_id, capacity FROM lot_recognition JOIN happening USING (position)),
returned AS MATERIALIZED (SELECT happening.*, swap_id, lot_id, capacity FROM lot_return JOIN happening USING (position)),
enactment AS MATERIALIZED (
  SELECT happening.*, enacted.* EXCLUDE (position) FROM rule_enactment AS enacted JOIN happening USING (position)
),
ending AS MATERIALIZED (
  SELECT happening.*, rule_id, is_repeal, until, in_force_to FROM rule_ending JOIN happening USING (position)
),
-- Only a swap whose notice states no ratio hangs on rules: those of its activity, and the one that it names.
swap_rule AS MATERIALIZED (
  SELECT DISTINCT swap_id, rule_id
  FROM (SELECT DISTINCT swap_id, activity_id FROM statement WHERE is_announcement AND ratio IS NULL)
  JOIN (SELECT DISTINCT rule_id, unnest(activities) AS activity_id FROM enactment) USING (activity_id)
  UNION
  SELECT swap_id, rule_id
  FROM statement
  WHERE rule_id IS NOT NULL AND swap_id IN (SELECT swap_id FROM statement WHERE is_announcement AND ratio IS NULL)
),
change AS (
  SELECT swap_id, dates, v, k_from, k_to FROM statement
  UNION ALL SELECT swap_id, dates, v, k_from, k_to FROM revocation
  UNION ALL SELECT swap_id, dates, v, k_from, k_to FROM retirement SEMI JOIN swap USING (swap_id)
  UNION ALL SELECT lot.swap_id, dates, v, k_from, k_to FROM retirement JOIN lot USING (lot_id)
  UNION ALL SELECT lot.swap_id, dates, v, k_from, k_to FROM recognition JOIN lot USING (lot_id)
  UNION ALL SELECT swap_id, dates, v, k_from, k_to FROM returned
  UNION ALL SELECT swap_id, dates, v, k_from, k_to FROM enactment JOIN swap_rule USING (rule_id)
  UNION ALL SELECT swap_id, dates, v, k_from, k_to FROM ending JOIN swap_rule USING (rule_id)
),
start AS (
  SELECT swap_id, dates, min(v) AS v, min(k_from) AS k FROM statement WHERE is_announcement GROUP BY swap_id, dates
),
learned AS (
  SELECT swap_id, dates, unnest([k_from, k_to]) AS k FROM change
  UNION
  SELECT statement.swap_id, statement.dates, unnest([place.k_from, place.k_to, stood.k_from, stood.k_to])
  FROM statement
  JOIN project_stand AS place ON place.project_id = statement.project_id AND place.dates IN ('both', statement.dates)
  LEFT JOIN facility_stand AS stood ON stood.facility_id = place.facility_id AND stood.dates IN ('both', statement.dates)
),
happened AS (
  SELECT swap_id, dates, v, lead(v, 1, never_ending()) OVER (PARTITION BY swap_id, dates ORDER BY v) AS v_to
  FROM (
    SELECT DISTINCT swap_id, dates, greatest(change.v, start.v) AS v FROM change JOIN start USING (swap_id, dates)
  )
),
known AS (
  SELECT swap_id, dates, k, lead(k, 1, endless()) OVER (PARTITION BY swap_id, dates ORDER BY k) AS k_to
  FROM (
    SELECT DISTINCT swap_id, dates, greatest(learned.k, start.k) AS k FROM learned JOIN start USING (swap_id, dates)
  )
  WHERE k < endless()
),
point AS MATERIALIZED (
  SELECT row_number() OVER () AS point, swap_id, dates, v, v_to, k, k_to
  FROM happened
  JOIN known USING (swap_id, dates)
),
terms AS MATERIALIZED (
  SELECT
    point.point, point.swap_id, point.dates, point.k,
    arg_max(day, statement.v) FILTER (WHERE is_announcement) AS announced_on,
    arg_max({'earliest': effective_earliest, 'latest': effective_latest}, statement.v)
      FILTER (WHERE is_announcement) AS announced,
    arg_max(project_id, statement.v) AS project_id,
    arg_max(activity_id, statement.v) AS activity_id,
    arg_max_null(build_capacity, statement.v) FILTER (WHERE states_build) AS build_capacity,
    arg_max(ratio, statement.v) AS ratio,
    arg_max(rule_id, statement.v) AS rule_id,
    arg_max(position, statement.v) FILTER (WHERE states_legs) AS legs_position
  FROM point
  JOIN statement ON statement.swap_id = point.swap_id AND statement.dates = point.dates
    AND statement.v <= point.v AND statement.k_from <= point.k AND point.k < statement.k_to
  GROUP BY point.point, point.swap_id, point.dates, point.k
  HAVING count(*) FILTER (WHERE is_announcement) > 0
),
revoked AS MATERIALIZED (
  SELECT DISTINCT point.point
  FROM point
  JOIN revocation ON revocation.swap_id = point.swap_id AND revocation.dates = point.dates
    AND revocation.v <= point.v AND revocation.k_from <= point.k AND point.k < revocation.k_to
),
named AS MATERIALIZED (
  SELECT
    point.point, retirement.lot_id, coalesce(sum(capacity), 0) AS retired, count(capacity) = count(*) AS is_exact
  FROM point
  JOIN retirement ON retirement.swap_id = point.swap_id AND retirement.dates = point.dates
    AND retirement.v <= point.v AND retirement.k_from <= point.k AND point.k < retirement.k_to
  GROUP BY point.point, retirement.lot_id
),
recognised AS (
  SELECT point.point, lot.lot_id, arg_max_null(capacity, recognition.v) AS capacity
  FROM point
  JOIN lot USING (swap_id)
  JOIN recognition ON recognition.lot_id = lot.lot_id AND recognition.dates = point.dates
    AND recognition.v <= point.v AND recognition.k_from <= point.k AND point.k < recognition.k_to
  GROUP BY point.point, lot.lot_id
),
lot_gone AS (
  SELECT point.point, lot.lot_id, sum(capacity) AS retired
  FROM point
  JOIN lot USING (swap_id)
  JOIN retirement ON retirement.lot_id = lot.lot_id AND retirement.dates = point.dates
    AND retirement.v <= point.v AND retirement.k_from <= point.k AND point.k < retirement.k_to
  GROUP BY point.point, lot.lot_id
),
back AS (
  SELECT point.point, returned.lot_id, sum(capacity) AS capacity
  FROM point
  JOIN returned ON returned.swap_id = point.swap_id AND returned.dates = point.dates
    AND returned.v <= point.v AND returned.k_from <= point.k AND point.k < returned.k_to
  GROUP BY point.point, returned.lot_id
),
draw AS (
  SELECT terms.point, leg.lot_id, sum(leg.capacity) AS capacity
  FROM terms
  JOIN swap_leg AS leg ON leg.position = terms.legs_position
  WHERE leg.lot_id IS NOT NULL
  GROUP BY terms.point, leg.lot_id
),
kept AS (
  SELECT
    draw.*,
    CASE WHEN draw.capacity IS NOT NULL THEN least(coalesce(back.capacity, 0), draw.capacity) END AS returned
  FROM draw
  LEFT JOIN back USING (point, lot_id)
),
gone AS (
  SELECT kept.point, at_least_zero(kept.capacity - kept.returned - coalesce(named.retired, 0)) AS retired
  FROM kept
  JOIN recognised USING (point, lot_id)
  LEFT JOIN lot_gone USING (point, lot_id)
  LEFT JOIN named USING (point, lot_id)
  WHERE coalesce(lot_gone.retired, 0) >= recognised.capacity
),
paid AS (
  SELECT point, sum(retired) AS retired, bool_and(is_exact) AS is_exact
  FROM (SELECT point, retired, is_exact FROM named UNION ALL SELECT point, retired, TRUE FROM gone)
  GROUP BY point
),
enacted AS (
  SELECT point.point, enactment.rule_id, arg_max(enactment, enactment.v) AS rule
  FROM point
  JOIN swap_rule USING (swap_id)
  JOIN enactment ON enactment.rule_id = swap_rule.rule_id AND enactment.dates = point.dates
    AND enactment.v <= point.v AND enactment.k_from <= point.k AND point.k < enactment.k_to
  GROUP BY point.point, enactment.rule_id
),
ended AS (
  SELECT
    point.point, ending.rule_id,
    min(coalesce(in_force_to, greatest(day, DATE '0001-01-02') - 1)) FILTER (WHERE is_repeal) AS last_day,
    coalesce(list({'since': day, 'until': coalesce(until, DATE '9999-12-31')} ORDER BY ending.v)
      FILTER (WHERE NOT is_repeal), []) AS suspensions
  FROM point
  JOIN swap_rule USING (swap_id)
  JOIN ending ON ending.rule_id = swap_rule.rule_id AND ending.dates = point.dates
    AND ending.v <= point.v AND ending.k_from <= point.k AND point.k < ending.k_to
  GROUP BY point.point, ending.rule_id
),
rule AS MATERIALIZED (
  SELECT
    point, rule_id, rule.kind AS kind, rule.jurisdiction AS jurisdiction, rule.regions AS regions,
    rule.outside_regions AS outside_regions, rule.activities AS activities, rule.ratio_min AS ratio_min,
    CASE rule.dates WHEN 'earliest' THEN coalesce(rule.in_force_from_earliest, DATE '0001-01-01')
                    ELSE rule.in_force_from_latest END AS in_force_from,
    CASE WHEN least(rule.in_force_to, ended.last_day) < DATE '9999-12-31'
         THEN least(rule.in_force_to, ended.last_day) END AS in_force_to,
    coalesce(ended.suspensions, []) AS suspensions
  FROM enacted
  LEFT JOIN ended USING (point, rule_id)
),
governed AS MATERIALIZED (
  SELECT terms.*, stood.country_code, stood.region_code, named_rule.kind IS NOT NULL AS names_ratio
  FROM terms
  LEFT JOIN project_stand AS place ON place.project_id = terms.project_id AND place.dates IN ('both', terms.dates)
    AND place.k_from <= terms.k AND terms.k < place.k_to
    AND place.day <= terms.announced_on AND terms.announced_on < place.day_to
  LEFT JOIN facility_stand AS stood ON stood.facility_id = place.facility_id AND stood.dates IN ('both', terms.dates)
    AND stood.k_from <= terms.k AND terms.k < stood.k_to
    AND stood.day <= terms.announced_on AND terms.announced_on < stood.day_to
  LEFT JOIN rule AS named_rule ON named_rule.point = terms.point AND named_rule.rule_id = terms.rule_id
    AND named_rule.kind = 'replacement_ratio'
  WHERE terms.ratio IS NULL
),
region AS (SELECT point, rule_id, unnest(regions) AS name FROM rule),
listed AS (
  SELECT
    point, rule_id, name AS region_code, TRUE AS is_whole, DATE '0001-01-01' AS valid_from, DATE '9999-12-31' AS valid_to
  FROM region
  WHERE name NOT IN (SELECT region_set_id FROM reference_region_sets)
  UNION ALL
  SELECT
    point, rule_id, part.region_code, bool_or(part.is_whole = 'true'),
    coalesce(part.valid_from::DATE, DATE '0001-01-01') AS valid_from,
    coalesce(part.valid_to::DATE, DATE '9999-12-31') AS valid_to
  FROM region
  JOIN reference_region_sets AS part ON part.region_set_id = region.name
  GROUP BY point, rule_id, part.region_code, valid_from, valid_to
),
governing AS MATERIALIZED (
  SELECT
    governed.point, governed.rule_id AS named_rule_id, governed.names_ratio, governed.region_code, rule.rule_id, rule.kind,
    rule.ratio_min, rule.regions, rule.outside_regions, listed.region_code IS NOT NULL AS is_listed,
    coalesce(listed.is_whole, TRUE) AS is_whole,
    rule_stands_throughout(governed.announced.earliest, governed.announced.latest, rule.in_force_from, rule.in_force_to,
                           rule.suspensions) AS is_throughout
  FROM governed
  JOIN rule ON rule.point = governed.point
    AND rule_may_stand(governed.announced.earliest, governed.announced.latest, rule.in_force_from, rule.in_force_to,
                       rule.suspensions)
    AND list_contains(rule.activities, governed.activity_id)
    AND rule.jurisdiction IN (governed.country_code, governed.region_code)
  LEFT JOIN listed ON listed.point = rule.point AND listed.rule_id = rule.rule_id
    AND listed.region_code = governed.region_code
    AND governed.announced_on BETWEEN listed.valid_from AND listed.valid_to
),
judged AS (
  SELECT
    point, names_ratio, named_rule_id, rule_id, kind, ratio_min,
    rule_applies(rule_id = named_rule_id, regions, region_code, is_listed, is_whole, outside_regions, is_throughout) AS applies
  FROM governing
  UNION ALL
  SELECT governed.point, names_ratio, rule_id, rule_id, rule.kind, rule.ratio_min, TRUE
  FROM governed
  JOIN rule USING (point, rule_id)
  WHERE (point, rule_id) NOT IN (SELECT (point, rule_id) FROM governing)
),
by_rule AS (
  SELECT
    point,
    max(ratio_min) FILTER (WHERE applies) AS ratio_min,
    max(ratio_min) FILTER (WHERE applies IS NULL) AS uncertain_ratio
  FROM judged
  WHERE kind = 'replacement_ratio' AND (NOT names_ratio OR rule_id = named_rule_id)
  GROUP BY point
),
reckoned AS (
  SELECT
    terms.*,
    coalesce(terms.ratio, CASE WHEN coalesce(uncertain_ratio <= by_rule.ratio_min, TRUE) THEN by_rule.ratio_min END) AS by_ratio
  FROM terms
  LEFT JOIN by_rule USING (point)
)
SELECT
  point.swap_id, point.dates, point.v AS v_from, point.v_to, point.k AS k_from, point.k_to, reckoned.project_id,
  by_ratio AS ratio, as_capacity(build_capacity * by_ratio) AS required, as_capacity(coalesce(paid.retired, 0)) AS retired,
  coalesce(paid.is_exact, TRUE) AS is_paid_exact
FROM reckoned
JOIN point USING (point)
LEFT JOIN paid USING (point)
WHERE point NOT IN (FROM revoked)
