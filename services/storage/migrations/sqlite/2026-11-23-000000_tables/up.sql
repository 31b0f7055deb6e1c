-- Every table. Numbers are never used again (AUTOINCREMENT), times are RFC 3339 text in UTC, JSON is text.

create table store (
    key text not null primary key,
    value text not null
);

create table profile (
    id integer not null primary key autoincrement,
    name text not null,
    menu_name text not null,
    address text not null,
    code text not null,
    active boolean not null,
    priority bigint not null
);
create index profile_order on profile (priority);

create table task (
    id integer not null primary key autoincrement,
    name text not null,
    done boolean not null,
    priority bigint not null,
    profile_id bigint not null references profile (id)
);
create index task_order on task (profile_id, priority);

create table pipeline (
    app_name text not null,
    url text not null,
    data text not null,
    created text not null,
    updated text not null,
    revision bigint not null,
    parent text,
    primary key (app_name, url)
);
create index pipeline_order on pipeline (updated);

-- `profile_id` is 0 when no profile was picked, so it refers to nothing; a message outlives its profile.
create table message (
    id integer not null primary key autoincrement,
    parent_id bigint,
    profile_id bigint not null,
    app text not null,
    role text not null,
    text text not null,
    model text not null,
    usage text,
    state text not null,
    created text not null
);
create index message_order on message (profile_id, id);

create table export (
    id integer not null primary key autoincrement,
    payload_hash text not null,
    payload text not null,
    state text not null,
    job_id text,
    rows bigint,
    credits bigint,
    file text,
    error text,
    created text not null,
    updated text not null
);
create index export_payload on export (payload_hash);

-- `seq` is given by the writer: 1, 2, 3, ... without gaps.
create table change (
    seq integer not null primary key,
    time text not null,
    actor text not null,
    "group" bigint not null,
    topic text not null,
    op text not null,
    id text not null,
    before text,
    after text
);
create index change_group on change ("group");
create index change_row on change (topic, id);
