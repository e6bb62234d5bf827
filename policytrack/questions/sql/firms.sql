/* One row per firm, by id: its names and identifiers, and the firm at the top of its group. */
SELECT
  firm.firm_id, firm.name, list_transform(firm.names, lambda other: other.name) AS names, firm.country_code, firm.kind,
  parent.parent_ids, firm.lei, firm.unified_social_credit_code, firm.ticker, firm.merged_into_id
FROM firm
LEFT JOIN (
  SELECT firm_id, list(parent_id ORDER BY parent_id) AS parent_ids FROM ultimate_parent WHERE parent_id <> firm_id GROUP BY firm_id
) AS parent USING (firm_id)
WHERE (len($country::VARCHAR[]) = 0 OR list_contains($country::VARCHAR[], firm.country_code))
  AND (len($firm::VARCHAR[]) = 0 OR list_contains($firm::VARCHAR[], firm.firm_id))
  AND ($text::VARCHAR IS NULL
       OR contains(lower(concat_ws(' ', firm.firm_id, firm.name, array_to_string(list_transform(firm.names, lambda other: other.name), ' '),
                                   firm.lei, firm.unified_social_credit_code, firm.ticker)), lower($text::VARCHAR)))
ORDER BY firm.firm_id
