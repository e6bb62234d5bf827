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

/* Appends events and their tags, and returns the new head.

   `types`, `texts`, `others`, `tags` and `instants` (recorded_at in microseconds) have one entry per event; of `texts` and
   `others` (bytes that are no text), one is NULL. The append fails with the code PT409 if an event after `after` matches
   `condition`, and with PT422 if an instant is earlier than the one before it. The digest of an event is defined in
   policytrack/store/digest.py. */
CREATE FUNCTION policytrack.append(
  types text[], texts text[], others bytea[], tags text[], instants bigint[], condition jsonb, after bigint,
  OUT head_position bigint, OUT head_digest bytea, OUT head_recorded_at bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  first bigint;
  conflict bigint;
  instant bigint;
  content bytea;
  place bytea;
  label bytea;
  kind bytea;
  written bytea;
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
  FOR n IN 1 .. coalesce(array_length(types, 1), 0) LOOP
    instant := instants[n];
    IF instant < coalesce(head_recorded_at, 0) THEN
      RAISE EXCEPTION 'recorded_at of event % is earlier than that of the event before it', n USING ERRCODE = 'PT422';
    END IF;
    head_position := head_position + 1;
    content := coalesce(others[n], convert_to(texts[n], 'UTF8'));
    place := convert_to(head_position::text, 'UTF8');
    kind := convert_to(types[n], 'UTF8');
    label := convert_to(tags[n], 'UTF8');
    written := convert_to(instant::text, 'UTF8');
    head_digest := sha256(
      int8send(32) || head_digest || int8send(length(place)) || place || int8send(length(kind)) || kind
      || int8send(length(content)) || content || int8send(length(label)) || label
      || int8send(length(written)) || written
    );
    head_recorded_at := instant;
    INSERT INTO policytrack.dcb_events
    VALUES (head_position, types[n], texts[n], others[n], tags[n], instant, head_digest);
  END LOOP;
  INSERT INTO policytrack.dcb_tags
  SELECT DISTINCT tag.value, event.position
  FROM policytrack.dcb_events AS event
  CROSS JOIN json_array_elements_text(event.tags::json) AS tag
  WHERE event.position > first
  ORDER BY 1, 2;
  PERFORM pg_notify('policytrack', head_position::text);
END $$;
