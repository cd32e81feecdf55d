-- Content whose attachment is gone, by whatever way its row went: removed, with its conversation,
-- or never sent. It is deleted from where it is kept, and only then the row here.
--
-- `upload_until`: until then somebody may still hold an address to upload it again, so content is
-- deleted once at once and once more after that. It is later than any such address ends.
create table discarded_files (
  id text primary key,
  org_id text not null,
  user_id text not null,
  upload_until timestamptz(3) not null,
  due_at timestamptz(3) not null default now(),
  attempts integer not null default 0
);

create index discarded_files_due on discarded_files (due_at);

create function discard_file() returns trigger language plpgsql as $$
begin
  insert into discarded_files (id, org_id, user_id, upload_until)
  values (old.id, old.org_id, old.user_id, old.created_at + interval '1 hour')
      on conflict do nothing;
  return null;
end
$$;

create trigger discard_file after delete on attachments for each row execute function discard_file();

create index attachments_unsent_of_owner on attachments (org_id, user_id) where thread_id is null;
create index attachments_unsent on attachments (created_at) where thread_id is null;
