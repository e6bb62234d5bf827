/* The tables of an event store in PostgreSQL, in a schema of their own. They are those of SQLite
   (policytrack/store/sqlite/schema.py): same positions, same digests.

   `dcb_events` has one row per event. `data` is its JSON as text; bytes that are not UTF-8 or contain a NUL are in
   `other` instead. `recorded_at` is in microseconds since 1970-01-01 UTC. `dcb_tags` is an index: one row per tag of an
   event. The owner of the tables can remove the triggers: they prevent accidents, and the digests detect changes. */

CREATE SCHEMA policytrack;

CREATE TABLE policytrack.dcb_events (
  position bigint PRIMARY KEY,
  type text COLLATE "C" NOT NULL,
  data text,
  other bytea,
  tags text NOT NULL,
  recorded_at bigint NOT NULL,
  digest bytea NOT NULL,
  CONSTRAINT dcb_events_data CHECK ((data IS NULL) <> (other IS NULL)),
  CONSTRAINT dcb_events_digest CHECK (length(digest) = 32)
);

CREATE INDEX dcb_events_type ON policytrack.dcb_events (type, position);

CREATE TABLE policytrack.dcb_tags (
  tag text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  PRIMARY KEY (tag, position)
);

/* What a transaction copies in, before the function `append_incoming` appends it. A writer cannot set `copied_in`. */
CREATE UNLOGGED TABLE policytrack.incoming (
  place integer NOT NULL,
  type text NOT NULL,
  data text,
  other bytea,
  tags text NOT NULL,
  recorded_at bigint NOT NULL,
  copied_in xid8 NOT NULL DEFAULT pg_current_xact_id()
);

CREATE TABLE policytrack.format (version integer NOT NULL);

INSERT INTO policytrack.format VALUES (2);

CREATE FUNCTION policytrack.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'recorded events are immutable';
END $$;

CREATE FUNCTION policytrack.refuse_gap() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  lowest bigint;
  highest bigint;
  events bigint;
  before bigint;
BEGIN
  SELECT min(position), max(position), count(*) INTO lowest, highest, events FROM added;
  SELECT coalesce(max(position), 0) INTO before FROM policytrack.dcb_events WHERE position < lowest;
  IF lowest <> before + 1 OR highest <> before + events
    OR highest <> (SELECT max(position) FROM policytrack.dcb_events)
  THEN
    RAISE EXCEPTION 'an event is appended at the next position, or not at all';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER dcb_events_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON policytrack.dcb_events
  FOR EACH STATEMENT EXECUTE FUNCTION policytrack.refuse();

CREATE TRIGGER dcb_tags_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON policytrack.dcb_tags
  FOR EACH STATEMENT EXECUTE FUNCTION policytrack.refuse();

CREATE TRIGGER dcb_events_dense AFTER INSERT ON policytrack.dcb_events
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION policytrack.refuse_gap();
