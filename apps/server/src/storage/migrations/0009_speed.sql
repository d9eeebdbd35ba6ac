-- A write that must find its row, as part of a round trip in which nobody looks at the answer before the COMMIT.
CREATE FUNCTION expect_row(rows_written bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF rows_written = 0 THEN
    RAISE EXCEPTION 'the row was not written' USING ERRCODE = 'KW001';
  END IF;
END
$$;
