/* Locks the event store against other writers until the end of the transaction, and returns its head. Readers do not
   wait. Every append takes this lock: positions are then dense, and no reader can miss a lower position that a slower
   transaction commits later. */
CREATE FUNCTION policytrack.lock_head(OUT head_position bigint, OUT head_digest bytea, OUT head_recorded_at bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  LOCK TABLE policytrack.dcb_events IN EXCLUSIVE MODE;
  SELECT event.position, event.digest, event.recorded_at INTO head_position, head_digest, head_recorded_at
  FROM policytrack.dcb_events AS event ORDER BY event.position DESC LIMIT 1;
  head_position := coalesce(head_position, 0);
  head_digest := coalesce(head_digest, sha256(convert_to('policytrack/ledger/1', 'UTF8')));
END $$;

/* Microseconds since 1970-01-01 UTC by the server's clock. */
CREATE FUNCTION policytrack.now() RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = pg_catalog AS $$
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint
$$;

/* A part of what a digest is computed over: its length in eight bytes, then the part. */
CREATE FUNCTION policytrack.framed(part bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE AS $$
  SELECT int8send(length(part)) || part
$$;

/* Appends events and their tags, and returns the new head.

   `types`, `texts`, `others`, `tags` and `instants` (recorded_at in microseconds) have one entry per event; of `texts` and
   `others` (bytes that are no text), one is NULL. The append fails with the code PT409 if an event after `after` matches
   `condition`, and with PT422 if an instant is earlier than the one before it. The digest of an event is defined in
   policytrack/store/digest.py. Without `jit = off`, compiling the statements takes longer than running them. */
CREATE FUNCTION policytrack.append(
  types text[], texts text[], others bytea[], tags text[], instants bigint[], condition jsonb, after bigint,
  OUT head_position bigint, OUT head_digest bytea, OUT head_recorded_at bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET jit = off AS $$
DECLARE
  first bigint;
  conflict bigint;
  event record;
  digests bytea[] := '{}';
BEGIN
  SELECT head.head_position, head.head_digest, head.head_recorded_at
  INTO head_position, head_digest, head_recorded_at
  FROM policytrack.lock_head() AS head;
  IF condition IS NOT NULL AND head_position <> after THEN
    SELECT matched INTO conflict FROM policytrack.matching(condition, after) AS matched LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'the event at position % matches the condition of the append', conflict USING ERRCODE = 'PT409';
    END IF;
  END IF;
  first := head_position;
  FOR event IN
    SELECT
      given.n, given.instant,
      policytrack.framed(convert_to((first + given.n)::text, 'UTF8'))
      || policytrack.framed(convert_to(given.type, 'UTF8'))
      || policytrack.framed(coalesce(given.other, convert_to(given.data, 'UTF8')))
      || policytrack.framed(convert_to(given.tags, 'UTF8'))
      || policytrack.framed(convert_to(given.instant::text, 'UTF8')) AS content
    FROM unnest(types, texts, others, tags, instants) WITH ORDINALITY AS given (type, data, other, tags, instant, n)
    ORDER BY given.n
  LOOP
    IF event.instant < coalesce(head_recorded_at, 0) THEN
      RAISE EXCEPTION 'recorded_at of event % is earlier than that of the event before it', event.n USING ERRCODE = 'PT422';
    END IF;
    head_digest := sha256(policytrack.framed(head_digest) || event.content);
    head_recorded_at := event.instant;
    digests[event.n] := head_digest;
  END LOOP;
  head_position := first + cardinality(digests);
  INSERT INTO policytrack.dcb_events
  SELECT first + given.n, given.type, given.data, given.other, given.tags, given.instant, given.digest
  FROM unnest(types, texts, others, tags, instants, digests) WITH ORDINALITY
    AS given (type, data, other, tags, instant, digest, n)
  ORDER BY given.n;
  INSERT INTO policytrack.dcb_tags
  SELECT DISTINCT tag.value, first + given.n
  FROM unnest(tags) WITH ORDINALITY AS given (tags, n)
  CROSS JOIN json_array_elements_text(given.tags::json) AS tag
  ORDER BY 1, 2;
  PERFORM pg_notify('policytrack', head_position::text);
END $$;

/* Appends the events that this transaction copied into `policytrack.incoming`, in the order of `place`, as `append` does.
   COPY is several times as fast as arrays. Rows that another transaction left there are removed, never appended. While
   pg_dump reads the table, it cannot be truncated: its rows are then deleted, which is slower for a long import. */
CREATE FUNCTION policytrack.append_incoming(
  condition jsonb, after bigint, OUT head_position bigint, OUT head_digest bytea, OUT head_recorded_at bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET jit = off AS $$
DECLARE
  given record;
BEGIN
  SELECT
    array_agg(type ORDER BY place) AS types, array_agg(data ORDER BY place) AS texts,
    array_agg(other ORDER BY place) AS others, array_agg(tags ORDER BY place) AS tags,
    array_agg(recorded_at ORDER BY place) AS instants
  INTO given FROM policytrack.incoming WHERE copied_in = pg_current_xact_id();
  BEGIN
    LOCK TABLE policytrack.incoming IN ACCESS EXCLUSIVE MODE NOWAIT;
    TRUNCATE policytrack.incoming;
  EXCEPTION WHEN lock_not_available THEN
    DELETE FROM policytrack.incoming;
  END;
  SELECT head.head_position, head.head_digest, head.head_recorded_at
  INTO head_position, head_digest, head_recorded_at
  FROM policytrack.append(given.types, given.texts, given.others, given.tags, given.instants, condition, after) AS head;
END $$;
