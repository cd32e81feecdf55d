-- A conversation belongs to one user of one organisation ('' where there is none). The owner stands
-- on every row, so that every statement can ask for it without a join.

create table threads (
  id text primary key,
  org_id text not null,
  user_id text not null,
  title text,
  status json not null,
  allowed_image_domains json,
  metadata json not null,
  next_seq bigint not null default 1,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);

create index threads_of_owner on threads (org_id, user_id, created_at desc, id desc);

-- `item` is the item as the wire has it. json and not jsonb: it is read back exactly as written.
-- `length` is how many characters that is, so that a query can stop before it has read too much.
create table items (
  thread_id text not null references threads on delete cascade,
  id text not null,
  org_id text not null,
  user_id text not null,
  seq bigint not null,
  type text not null,
  hidden boolean not null,
  item json not null,
  length integer not null,
  created_at timestamptz(3) not null,
  primary key (thread_id, id),
  unique (thread_id, seq)
);

create table attachments (
  id text primary key,
  org_id text not null,
  user_id text not null,
  thread_id text references threads on delete cascade,
  name text not null,
  mime_type text not null,
  size_bytes bigint not null,
  metadata json not null,
  created_at timestamptz(3) not null
);

create index attachments_of_thread on attachments (thread_id);

create table feedback (
  thread_id text not null,
  item_id text not null,
  org_id text not null,
  user_id text not null,
  kind text not null check (kind in ('positive', 'negative')),
  created_at timestamptz(3) not null default now(),
  primary key (thread_id, item_id),
  foreign key (thread_id, item_id) references items on delete cascade
);

-- The ledger of answers. `claim` is the identity of the request that started the run, kept while a
-- repeat of that request must find this run. `epoch` goes up whenever another process takes over,
-- and everything a run writes names its epoch: a process that lost a run can write no more.
-- `detached_at`: nobody listens in the owner's process; `heard_at`: somebody did in another one.
create table runs (
  id text primary key,
  org_id text not null,
  user_id text not null,
  thread_id text not null references threads on delete cascade,
  claim text,
  operation text not null,
  message_id text,
  status text not null check (status in ('running', 'done', 'cancelled', 'interrupted', 'failed')),
  owner text not null,
  epoch integer not null default 1,
  lease_until timestamptz not null,
  detached_at timestamptz,
  heard_at timestamptz,
  cancel_requested_at timestamptz,
  input_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  created_at timestamptz(3) not null default now(),
  ended_at timestamptz(3),
  has_chunks boolean not null default true
);

create unique index runs_claim on runs (org_id, user_id, claim) where claim is not null;
create unique index runs_live_in_thread on runs (thread_id) where status = 'running';
create index runs_lease on runs (lease_until) where status = 'running';
create index runs_claimed on runs (ended_at) where ended_at is not null and claim is not null;
create index runs_with_chunks on runs (ended_at) where ended_at is not null and has_chunks;
create index runs_of_thread on runs (thread_id);

-- What a run has sent, as it was sent. Kept for a short while after the run has ended.
create table run_chunks (
  run_id text not null references runs on delete cascade,
  epoch integer not null,
  seq bigint not null,
  frames text not null,
  primary key (run_id, epoch, seq)
);
