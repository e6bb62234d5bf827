/* One row: what a firm holds of an activity, on one basis and in one status. */
SELECT *
FROM firm_holding
WHERE firm_id = $holder AND activity_id = $thing_activity AND basis = $on_basis AND status = $in_status
