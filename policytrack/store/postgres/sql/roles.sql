/* Who may do what. The owner makes the tables and could change events; no analyst needs to be the owner. A writer
   appends through the function only, and a reader only reads. Both roles are groups: grant them to people. */
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'policytrack_reader') THEN
    CREATE ROLE policytrack_reader NOLOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'policytrack_writer') THEN
    CREATE ROLE policytrack_writer NOLOGIN;
  END IF;
END $$;

REVOKE ALL ON SCHEMA policytrack FROM PUBLIC;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA policytrack FROM PUBLIC;

GRANT USAGE ON SCHEMA policytrack TO policytrack_reader, policytrack_writer;

GRANT SELECT ON ALL TABLES IN SCHEMA policytrack TO policytrack_reader, policytrack_writer;

GRANT EXECUTE ON FUNCTION policytrack.matching, policytrack.now TO policytrack_reader, policytrack_writer;

GRANT INSERT (place, type, data, other, tags, recorded_at) ON policytrack.incoming TO policytrack_writer;

GRANT EXECUTE ON FUNCTION policytrack.lock_head, policytrack.append, policytrack.append_incoming TO policytrack_writer;
