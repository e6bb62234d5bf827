/* One row per event about a share, the control or the operator of one of the pairs: whether it counts, or why not. */
WITH
pair AS (
  SELECT unnest($owner_ids::VARCHAR[]) AS owner_id, unnest($owned_kinds::VARCHAR[]) AS owned_kind,
         unnest($owned_ids::VARCHAR[]) AS owned_id
),
merged AS MATERIALIZED (FROM _merged_firm_at(perimeter_day(as_of()), known_at())),
named AS (
  SELECT owner_id AS named_id, * FROM pair
  UNION ALL
  SELECT merged.firm_id, pair.* FROM pair JOIN merged ON merged.into_firm_id = pair.owner_id
),
counted AS (
  SELECT owned_kind, owned_id, owner_id AS named_id, position
  FROM _stake_term_at(perimeter_day(as_of()), known_at())
  WHERE stake_counts(kind)
  UNION ALL
  SELECT 'firm', controlled_id, controller_id, position FROM _control_word_at(as_of(), known_at())
  UNION ALL
  SELECT 'operator', pair.owned_id, pair.owner_id, run_by.latest.position
  FROM pair JOIN _facility_operator_at(perimeter_day(as_of()), known_at()) AS run_by ON run_by.facility_id = pair.owned_id
  WHERE pair.owned_kind = 'operator'
  UNION ALL
  SELECT 'builder', pair.owned_id, pair.owner_id, built_by.latest.position
  FROM pair JOIN _project_builder_at(perimeter_day(as_of()), known_at()) AS built_by ON built_by.project_id = pair.owned_id
  WHERE pair.owned_kind = 'builder'
),
about AS (
  SELECT owned_kind, owned_id, owner_id AS named_id, position, NULL AS kind FROM stake_transfer
  UNION
  SELECT owned_kind, owned_id, owner_id, position, kind FROM stake_statement
  UNION
  SELECT 'firm', controlled_id, controller_id, position, NULL FROM control_statement
  UNION
  -- Every change of the operator: whoever runs it, an earlier or later one says since when, or until when.
  SELECT 'operator', pair.owned_id, pair.owner_id, transfer.position, NULL
  FROM pair JOIN facility_transfer AS transfer ON transfer.facility_id = pair.owned_id AND transfer.operator_id IS NOT NULL
  WHERE pair.owned_kind = 'operator'
  UNION
  SELECT 'builder', pair.owned_id, pair.owner_id, transfer.position, NULL
  FROM pair JOIN project_transfer AS transfer ON transfer.project_id = pair.owned_id
  WHERE pair.owned_kind = 'builder'
)
SELECT DISTINCT
  named.owner_id, named.owned_kind, named.owned_id,
  event.position, event.type, event.effective, event.known_on, event.summary, event.assertion,
  sources.titles AS sources,
  CASE WHEN counted.position IS NULL THEN coalesce(
    why_invisible(event.known_on, event.known_to, event.superseded_by,
                  effective_day(event.effective_earliest, event.effective_latest), perimeter_day(as_of())),
    CASE WHEN NOT stake_counts(coalesce(about.kind, 'issued')) THEN about.kind || ' shares are not counted' END,
    'restated since'
  ) END AS reason
FROM named
JOIN about USING (owned_kind, owned_id, named_id)
JOIN event ON event.position = about.position
LEFT JOIN counted
  ON counted.position = about.position AND counted.owned_kind = about.owned_kind AND counted.owned_id = about.owned_id
  AND counted.named_id IN (named.named_id, named.owner_id)
LEFT JOIN (
  SELECT position, list(title ORDER BY title) AS titles FROM event_source GROUP BY position
) AS sources ON sources.position = event.position
ORDER BY named.owner_id, named.owned_kind, named.owned_id, event.position
