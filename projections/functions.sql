/* The scalar functions that the views share. They read the session variables as_of and known_at (DATE, today when
   not set), dates ('latest', or 'earliest' to take a vague date by its first day) and include (extra kinds of stake). */

CREATE MACRO as_of() AS coalesce(getvariable('as_of')::DATE, current_date);

CREATE MACRO known_at() AS coalesce(getvariable('known_at')::DATE, current_date);

/* The day on which something of a vague date counts as having happened. */
CREATE MACRO effective_day(p_earliest, p_latest) AS
  CASE WHEN coalesce(getvariable('dates')::VARCHAR, 'latest') = 'earliest' THEN p_earliest ELSE p_latest END;

/* The first day on which something may have been true, of its stated time: any, if that is open to the past. */
CREATE MACRO earliest_day(p_effective) AS coalesce(p_effective.earliest, DATE '0001-01-01');

/* The last such day: what was public on a day had been true by then. */
CREATE MACRO latest_day(p_effective, p_known_on) AS least(coalesce(p_effective.latest, p_known_on), p_known_on);

/* The figure of a stated capacity, and what it is at least and at most; NULL where it is not exact, or nothing bounds it. */
CREATE MACRO exact_figure(p_capacity) AS CASE p_capacity.bound WHEN 'exact' THEN p_capacity.value END;
CREATE MACRO low_figure(p_capacity) AS
  CASE WHEN p_capacity.bound IN ('exact', 'at_least', 'more_than') THEN p_capacity.value ELSE 0::DECIMAL(18, 3) END;
CREATE MACRO high_figure(p_capacity) AS
  CASE WHEN p_capacity.bound IN ('exact', 'at_most') THEN p_capacity.value ELSE p_capacity.at_most END;

/* The id of a source: the same for the same title, publisher and address. */
CREATE MACRO source_key(p_title, p_publisher, p_url) AS md5(to_json([p_title, p_publisher, p_url])::VARCHAR);

/* A share as a partner's list names it, and as a sentence does: 51 %, majority, unknown. */
CREATE MACRO share_in_words(p_share) AS CASE WHEN p_share IN ('majority', 'unknown') THEN p_share ELSE p_share || ' %' END;

/* How a share is stated: exact, majority, unknown, or range (25-50, >= 25, <= 30, > 25, about 30). */
CREATE MACRO share_form(p_share) AS
  CASE WHEN p_share IN ('majority', 'unknown') THEN p_share WHEN regexp_matches(p_share, '[-<>a]') THEN 'range' ELSE 'exact' END;

/* What a share is at least and at most, in percent; NULL where only 100 % bounds it. The same as `share_ends` in
   policytrack/values/shares.py: a share that is about right is 10 % less or more. */
CREATE MACRO share_figure(p_share, p_end) AS
  regexp_extract_all(p_share, '[0-9]+(?:\.[0-9]+)?')[p_end]::DECIMAL(9, 6);
CREATE MACRO share_low(p_share) AS
  CASE WHEN p_share = 'majority' THEN 50 WHEN p_share = 'unknown' OR starts_with(p_share, '<=') THEN 0
       WHEN starts_with(p_share, 'about ') THEN floor(share_figure(p_share, 1) * 900000) / 1000000
       ELSE share_figure(p_share, 1) END::DECIMAL(9, 6);
CREATE MACRO share_high(p_share) AS
  CASE WHEN p_share IN ('majority', 'unknown') OR starts_with(p_share, '>') THEN NULL
       WHEN starts_with(p_share, 'about ') THEN least(100, ceil(share_figure(p_share, 1) * 1100000) / 1000000)
       ELSE share_figure(p_share, -1) END::DECIMAL(9, 6);
CREATE MACRO held_in_words(p_share) AS
  CASE p_share WHEN 'majority' THEN 'a majority' WHEN 'unknown' THEN 'an unknown share' ELSE share_in_words(p_share) END;

/* How several shares are stated together, an aggregate: exact; range when one of them is a range or bound; majority (more
   than 50 %) or unknown, when no source states the percentage of one of them. A majority of which a part was sold since may be less than one. */
CREATE MACRO stated_together(p_stated_as, p_stake_pct) AS
  CASE WHEN bool_and(p_stated_as = 'exact') THEN 'exact'
       WHEN bool_and(p_stated_as IN ('exact', 'range')) THEN 'range'
       WHEN bool_or(p_stated_as = 'majority') AND coalesce(min(p_stake_pct) FILTER (WHERE p_stated_as = 'exact'), 0) >= 0
       THEN 'majority' ELSE 'unknown' END;

/* The moment of an event as one number, to order what happened: by the day on which it counts, then by the day it was
   known, then by ledger position (< 2^36). Both last ones are of its place: order_known_on and order_position. A HUGEINT
   costs 15 % more than the BIGINT that two of the three would fit in; a struct costs four times as much. */
CREATE MACRO moment(p_day, p_known_on, p_position) AS
  ((p_day - DATE '0001-01-01')::BIGINT * 4194304 + (p_known_on - DATE '0001-01-01'))::HUGEINT * 68719476736 + p_position;

/* The end of what is current, as a moment of knowledge. */
CREATE MACRO endless() AS 9223372036854775807;

/* The day on which something became known, as a number. Events of one day become known together: a file that states the
   whole past of a plant, in any order, is one step of knowledge. */
CREATE MACRO known_moment(p_day) AS (p_day - DATE '0001-01-01')::BIGINT;

/* The day of such a moment; the last day there is when it has no end. */
CREATE MACRO known_day(p_moment) AS
  CASE WHEN p_moment = endless() THEN DATE '9999-12-31' ELSE DATE '0001-01-01' + p_moment::INTEGER END;

/* The end of what is current, as a moment of the world. */
CREATE MACRO never_ending() AS 170141183460469231731687303715884105727::HUGEINT;

/* The day of a moment of the world; the last day there is when it has no end. */
CREATE MACRO happened_day(p_moment) AS
  CASE WHEN p_moment = never_ending() THEN DATE '9999-12-31'
       ELSE DATE '0001-01-01' + (p_moment // 288230376151711744)::INTEGER END;

/* Whether a step, or a span, counts by the kind of day that the variable dates names. */
CREATE MACRO step_counts(p_dates) AS
  p_dates <> CASE WHEN coalesce(getvariable('dates')::VARCHAR, 'latest') = 'earliest' THEN 'latest' ELSE 'earliest' END;

/* The capacity that surely exists, from the sums since the last statement; see _facility_figure.sql. */
CREATE MACRO sure_part(p_sum, p_inexact, p_low, p_low_open) AS
  CASE WHEN p_inexact = 0 THEN p_sum WHEN p_low_open = 0 THEN greatest(0, p_low) ELSE 0 END;

/* The capacity that a nation counts, from the sums since the last statement: all of it where every part is exact, else the
   part that surely exists. The same as in _facility_figure.sql. */
CREATE MACRO counted_part(p_sum, p_inexact, p_low, p_low_open) AS
  CASE WHEN p_inexact = 0 THEN p_sum ELSE greatest(0, least(p_sum, sure_part(p_sum, p_inexact, p_low, p_low_open))) END;

/* The most capacity that may exist; 0 where nothing bounds it, which high_open counts. */
CREATE MACRO most_part(p_sum, p_inexact, p_high, p_high_open) AS
  CASE WHEN p_inexact = 0 THEN p_sum WHEN p_high_open = 0 THEN greatest(0, p_high) ELSE 0 END;

/* The ends of a figure of support, aggregates over its terms: what is not exact counts with its ends. At least: the sum of the
   lower ends, where one of what is outstanding has none, none. At most: none where nothing bounds one of them. */
CREATE MACRO support_low(p_figure, p_low, p_name) AS
  CASE WHEN p_name <> 'outstanding' OR count(*) FILTER (WHERE p_figure = p_name AND p_low IS NULL) = 0
       THEN sum(p_low) FILTER (WHERE p_figure = p_name) END;
CREATE MACRO support_high(p_figure, p_high, p_name) AS
  CASE WHEN count(*) FILTER (WHERE p_figure = p_name AND p_high IS NULL) = 0 THEN sum(p_high) FILTER (WHERE p_figure = p_name) END;

/* Whether a kind of stake counts: issued shares do, others when asked for. */
CREATE MACRO stake_counts(p_kind) AS
  p_kind = 'issued' OR list_contains(coalesce(getvariable('include')::VARCHAR[], []::VARCHAR[]), p_kind);

/* A product or sum of figures, exact to three places; wide enough for a sum of any number of capacities. */
CREATE MACRO as_capacity(p_figure) AS p_figure::DECIMAL(38, 3);

/* A figure as text, without zeros that say nothing. */
CREATE MACRO plain_figure(p_figure) AS
  rtrim(regexp_replace(p_figure::VARCHAR, '(\.[0-9]*?)0+$', '\1'), '.');

/* A figure that cannot fall below zero; unknown stays unknown (greatest() would make it zero). */
CREATE MACRO at_least_zero(p_figure) AS CASE WHEN p_figure < 0 THEN 0 ELSE p_figure END;

/* Whether a query is about this account, project or swap: about all of them while the variables are not set, else about the
   ids that they list. They narrow folds to the facts that a question needs, and change no figure of what is asked about. A
   subquery, because a list of thousands of ids in place takes longer to plan than to look up. */
CREATE MACRO is_account_asked(p_facility, p_activity) AS
  (getvariable('asked_activity') IS NULL OR p_activity = getvariable('asked_activity')::VARCHAR)
  AND (getvariable('asked_facilities') IS NULL OR p_facility IN (SELECT unnest(getvariable('asked_facilities')::VARCHAR[])));

CREATE MACRO is_project_asked(p_project) AS
  getvariable('asked_projects') IS NULL OR p_project IN (SELECT unnest(getvariable('asked_projects')::VARCHAR[]));

CREATE MACRO is_swap_asked(p_swap) AS
  getvariable('asked_swaps') IS NULL OR p_swap IN (SELECT unnest(getvariable('asked_swaps')::VARCHAR[]));

/* Whether a query may need the registration of this facility or project: those of all while the variables are not set, else
   those of the ids that they list. Finding the registration that counts among all of them sorts them all. */
CREATE MACRO is_facility_read(p_facility) AS
  getvariable('read_facilities') IS NULL OR p_facility IN (SELECT unnest(getvariable('read_facilities')::VARCHAR[]));

CREATE MACRO is_project_read(p_project) AS
  getvariable('read_projects') IS NULL OR p_project IN (SELECT unnest(getvariable('read_projects')::VARCHAR[]));

/* Whether a question is about events of this kind of thing, or of all kinds while the variable asked_kinds is not set. */
CREATE MACRO is_kind_asked(p_kind) AS
  coalesce(list_contains(getvariable('asked_kinds')::VARCHAR[], p_kind), TRUE);

/* The day whose groups count: that of the variable perimeter (DATE), for figures of other days on the perimeter of one
   day; else the day asked about. */
CREATE MACRO perimeter_day(p_day) AS coalesce(getvariable('perimeter')::DATE, p_day);

/* Whether a rule stands on a day: in force from and to (its last day), and not within a suspension. */
CREATE MACRO rule_stands(p_day, p_from, p_to, p_suspensions) AS
  p_day >= p_from AND p_day <= coalesce(p_to, DATE '9999-12-31')
  AND len(list_filter(p_suspensions, lambda one: one.since <= p_day AND p_day <= one.until)) = 0;

/* Whether a rule stands on every day from a first to a last one. */
CREATE MACRO rule_stands_throughout(p_first, p_last, p_from, p_to, p_suspensions) AS
  p_first >= p_from AND p_last <= coalesce(p_to, DATE '9999-12-31')
  AND len(list_filter(p_suspensions, lambda one: one.since <= p_last AND p_first <= one.until)) = 0;

/* Whether a rule may stand on one of those days: all of them that are within its span may be within a suspension. */
CREATE MACRO rule_may_stand(p_first, p_last, p_from, p_to, p_suspensions) AS
  p_last >= p_from AND p_first <= coalesce(p_to, DATE '9999-12-31')
  AND len(list_filter(p_suspensions, lambda one:
    one.since <= greatest(p_first, p_from) AND least(p_last, coalesce(p_to, DATE '9999-12-31')) <= one.until)) = 0;

/* Whether a rule governs a swap by its place and day: for certain where the notice names it (p_is_named). NULL where it is
   not certain: only a part of the region is meant, or the rule was not in force on all days that the swap may be of. */
CREATE MACRO rule_applies(p_is_named, p_regions, p_region, p_is_listed, p_is_whole, p_outside_regions, p_is_throughout) AS
  CASE
    WHEN p_is_named THEN TRUE
    ELSE
      CASE
        WHEN len(p_regions) = 0 THEN TRUE
        WHEN p_region IS NULL THEN NULL
        WHEN p_is_listed AND NOT p_is_whole THEN NULL
        ELSE p_is_listed <> p_outside_regions
      END
      AND CASE WHEN p_is_throughout THEN TRUE END
  END;

/* A figure in a sentence: exact, with thousands separators and without zeros at the end. */
CREATE MACRO spoken(p_figure) AS
  CASE WHEN p_figure < 0 THEN '−' ELSE '' END || format('{:,}', trunc(abs(p_figure))::BIGINT)
  || rtrim(rtrim('.' || split_part(abs(p_figure)::VARCHAR, '.', 2), '0'), '.');

/* A figure that may not be exact, in a sentence; NULL where nothing bounds it. */
CREATE MACRO spoken_span(p_low, p_high) AS
  CASE WHEN p_low = p_high THEN spoken(p_low)
       WHEN p_low > 0 THEN CASE WHEN p_high IS NULL THEN 'at least ' || spoken(p_low) ELSE spoken(p_low) || ' to ' || spoken(p_high) END
       WHEN p_high IS NOT NULL THEN 'at most ' || spoken(p_high) END;

/* Why an event does not count on a day, at the known-at asked for; NULL when it does. */
CREATE MACRO why_invisible(p_known_on, p_known_to, p_superseded_by, p_happened_on, p_day) AS
  CASE WHEN p_known_to <= known_at()
       THEN coalesce('superseded by e' || p_superseded_by, 'not counted: another assertion, or too few sources')
       WHEN p_known_on > known_at() THEN 'known only later'
       WHEN p_happened_on > p_day THEN 'effective only later' END;

/* A day in a sentence; the first day of a date that is open to the past is nobody's. */
CREATE MACRO spoken_day(p_day) AS CASE WHEN p_day = DATE '0001-01-01' THEN 'an unknown day' ELSE p_day::VARCHAR END;

/* Whether something was recorded after the variable since (a ledger position); all of it was when that is not set. The
   checks that are asked at recording look only at what the new events are about. */
CREATE MACRO is_new(p_position) AS p_position > coalesce(getvariable('since')::BIGINT, 0);

/* Whether two things may have happened within some days of each other: their last days are no further apart, or the
   stated times overlap; of a time that is open to the past, or longer than a year, only its last year counts. */
CREATE MACRO happened_near(p_earliest, p_latest, q_earliest, q_latest, p_days) AS
  abs(p_latest - q_latest) <= p_days
  OR (greatest(p_earliest, p_latest - 366) <= q_latest AND greatest(q_earliest, q_latest - 366) <= p_latest);

/* How many decimals a share was written with, without zeros that say nothing. */
CREATE MACRO decimals_of(p_share) AS length(rtrim(split_part(p_share::DECIMAL(9, 6)::VARCHAR, '.', 2), '0'));

/* By how much shares may exceed 100 by rounding: each by one unit of the last decimal that any of them was written with,
   all together by 1 percent point at most. */
CREATE MACRO rounding_of_shares(p_shares, p_decimals) AS
  least(1, p_shares * ['1', '0.1', '0.01', '0.001', '0.0001', '0.00001', '0.000001'][p_decimals + 1]::DECIMAL(9, 6));

/* One code of a vague date as a person writes it: 2026-36 is 2026-Q4. The same as policytrack/values/edtf.py. */
CREATE MACRO readable_code(p_code) AS
  CASE WHEN regexp_full_match(p_code, '[0-9]{4}-(2[1-9]|3[0-9]|4[01])[~?%]?') THEN replace(
    ['spring Y', 'summer Y', 'autumn Y', 'winter Y', 'northern spring Y', 'northern summer Y', 'northern autumn Y',
     'northern winter Y', 'southern spring Y', 'southern summer Y', 'southern autumn Y', 'southern winter Y', 'Y-Q1',
     'Y-Q2', 'Y-Q3', 'Y-Q4', 'first third of Y', 'second third of Y', 'last third of Y', 'Y-H1', 'Y-H2'][substr(p_code, 6, 2)::INTEGER - 20],
    'Y', p_code[:4]) || p_code[8:]
  ELSE p_code END;

/* The code of a vague date, also of one between two, as a person writes it. */
CREATE MACRO readable_date(p_edtf) AS
  CASE WHEN contains(p_edtf, '/')
       THEN array_to_string(list_transform(string_split(p_edtf, '/'), lambda part: readable_code(part)), '/')
       ELSE readable_code(p_edtf) END;

/* A vague date as its source wrote it. */
CREATE MACRO shown_date(p_date) AS coalesce(p_date.written, readable_date(p_date.edtf));

/* A capacity as its source wrote it; NULL where there is none. */
CREATE MACRO shown_capacity(p_capacity) AS
  coalesce(p_capacity.written, nullif(concat_ws(' ',
    CASE p_capacity.bound WHEN 'at_least' THEN CASE WHEN p_capacity.at_most IS NULL THEN '>=' END WHEN 'at_most' THEN '<=' WHEN 'more_than' THEN '>'
                          WHEN 'unknown' THEN 'unknown' WHEN 'withheld' THEN 'withheld' END,
    p_capacity.value || coalesce('-' || p_capacity.at_most, ''), p_capacity.unit), ''));

/* What a claim says of a field: a date is stored as its code. */
CREATE MACRO shown_claim(p_field, p_value) AS
  CASE WHEN p_field IN ('effective', 'due', 'in_force_from', 'in_force_to', 'until', 'expires_on', 'consultation_from',
                        'consultation_to')
       THEN readable_date(p_value) ELSE p_value END;

/* A name as a chart shows it: not longer than a label may be, with its id where another thing has the same (p_same). */
CREATE MACRO label_of(p_name, p_id, p_same) AS
  CASE WHEN p_name IS NULL THEN p_id
       ELSE CASE WHEN length(p_name) > 48 THEN p_name[:47] || '…' ELSE p_name END
            || CASE WHEN p_same > 1 THEN ' (' || p_id || ')' ELSE '' END END;
