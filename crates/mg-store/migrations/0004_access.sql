-- Who may see what: a third role, tokens limited to communes, rotation, and the signature
-- that row security asks for.

alter table mg.token drop constraint token_role_check;
alter table mg.token add constraint token_role_check check (role in ('viewer', 'editor', 'admin'));
alter table mg.token
    add column communes text[],
    add column previous_hash bytea,
    add column previous_until timestamptz,
    add constraint token_previous check ((previous_hash is null) = (previous_until is null));
comment on column mg.token.communes is 'INSEE codes that the token is limited to; null: no limit.';
comment on column mg.token.previous_hash is 'Hash of the secret before the last rotation.';
comment on column mg.token.previous_until is 'Until when that one still opens.';
create unique index token_previous_hash on mg.token (previous_hash) where previous_hash is not null;

-- HMAC-SHA-256 (RFC 2104) needs no extension: the two pads of a key of one block are kept
-- beside it. 244 random bits, stretched over the block.
create table mg.scope_key (
    only_one boolean primary key default true check (only_one),
    key bytea not null check (length(key) = 64),
    inner_pad bytea not null check (length(inner_pad) = 64),
    outer_pad bytea not null check (length(outer_pad) = 64)
);
comment on table mg.scope_key is 'The key that row scopes are signed with. The reader cannot see it.';

do $draw$
declare
    drawn bytea := sha512((gen_random_uuid()::text || gen_random_uuid()::text)::bytea);
    inner_pad bytea := drawn;
    outer_pad bytea := drawn;
begin
    for place in 0 .. 63 loop
        inner_pad := set_byte(inner_pad, place, get_byte(drawn, place) # 54);
        outer_pad := set_byte(outer_pad, place, get_byte(drawn, place) # 92);
    end loop;
    insert into mg.scope_key (key, inner_pad, outer_pad) values (drawn, inner_pad, outer_pad);
end
$draw$;

-- The communes that this session may see: those of `mg.row_scope`, if they are signed for
-- this backend and have not run out; else none. The setting is `pid|until|codes|signature`,
-- `until` in seconds since 1970, codes joined by commas, the signature in hexadecimal.
create function mg.row_scope() returns text[]
    language plpgsql stable security definer parallel restricted
    set search_path = pg_catalog, pg_temp
as $scope$
declare
    parts text[] := string_to_array(current_setting('mg.row_scope', true), '|');
    signed bytea;
    keys mg.scope_key;
begin
    if array_length(parts, 1) is distinct from 4
        or parts[1] <> pg_backend_pid()::text
        or parts[2] !~ '^[0-9]{1,12}$'
        or parts[2]::bigint < extract(epoch from clock_timestamp()) then
        return '{}';
    end if;
    select * into keys from mg.scope_key;
    signed := sha256(keys.outer_pad || sha256(keys.inner_pad || convert_to(array_to_string(parts[1:3], '|'), 'UTF8')));
    if encode(signed, 'hex') <> parts[4] then
        return '{}';
    end if;
    return string_to_array(parts[3], ',');
end
$scope$;
comment on function mg.row_scope() is 'INSEE codes that row security lets this session see; none without a signed scope.';
revoke execute on function mg.row_scope() from public;

create schema masked;
comment on schema masked is 'Tables with sensitive columns, as readers see them: those columns are empty here.';
