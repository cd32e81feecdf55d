-- What was asked with a key that the client chose, as a hash: a key that comes with something else
-- is a mistake, and not a repeat. Null where the claim says it by itself, and on older rows.
alter table runs add column asked text;
