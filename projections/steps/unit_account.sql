/* One row per account of which a unit of the plant is stated, under both of its numbers; see account_event.sql. */
SELECT unnest([account * 2, account * 2 + 1]) AS account
FROM account SEMI JOIN (FROM capacity_statement WHERE unit_id IS NOT NULL) AS stated USING (facility_id, activity_id)
