-- A transaction's row is between one and four kilobytes, written at each call and read at each, and gone after minutes:
-- from two kilobytes on it was compressed and laid into another table, each time.
ALTER TABLE authentication_transactions SET (toast_tuple_target = 8160);
