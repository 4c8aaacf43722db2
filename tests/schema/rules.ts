import type pg from 'pg'
import { SUBGRAPHS } from '../../scripts/database/subgraphs.ts'

/** Something in the database that breaks a rule of the house. */
export interface Fault {
  readonly rule: string
  /** schema.table, schema.table.column, schema.function(…) or a role. */
  readonly object: string
}

interface Rule {
  readonly name: string
  /** Selects the objects that break it, as `object`. */
  readonly sql: string
}

// What every rule may use: the tables of ours (Prisma's own record of migrations apart), their columns, the roles.
const GROUND = `
  with schemas as (
    select oid, nspname as name, nspowner, 'tillgraph_' || nspname as application, 'tillgraph_' || nspname || '_relay' as relay,
      'tillgraph_' || nspname || '_owner' as owner
    from pg_namespace where nspname in (${SUBGRAPHS.map(name => `'${name}'`).join(', ')})
  ), tables as (
    select c.oid, s.name || '.' || c.relname as object, s.name as schema, s.application, s.relay, s.owner,
      c.relname as name, c.relkind, c.relowner, c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.reloptions,
      (select attnum from pg_attribute where attrelid = c.oid and attname = 'tenant_id' and not attisdropped) as tenant
    from pg_class c join schemas s on s.oid = c.relnamespace
    where c.relkind in ('r', 'p') and c.relname <> '_prisma_migrations'
  ), columns as (
    select t.object || '.' || a.attname as object, a.attname as name, a.attnotnull,
      coalesce(nullif(y.typelem, 0), y.oid)::regtype::text as type, y.typelem <> 0 and y.typlen = -1 as is_array
    from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    join pg_type y on y.oid = a.atttypid
  ), logins as (
    select r.*, s.name as schema from schemas s join pg_roles r on r.rolname in (s.application, s.relay)
  ), functions as (
    select p.*, s.name || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as object, s.owner
    from pg_proc p join schemas s on s.oid = p.pronamespace
  )`

// How Postgres gives back the policy that seal_table makes.
const TENANT_POLICY = "(tenant_id = (NULLIF(current_setting('tillgraph.tenant'::text, true), ''::text))::uuid)"

const RULES: readonly Rule[] = [
  {
    name: 'every table has tenant_id uuid not null',
    sql: `select object from tables t where not exists (select from pg_attribute a
      where a.attrelid = t.oid and a.attname = 'tenant_id' and a.attnotnull and a.atttypid = 'uuid'::regtype)`,
  },
  {
    name: 'tenant_id comes first in the primary key',
    sql: `select object from tables t where tenant is distinct from
      (select i.indkey[0] from pg_index i where i.indrelid = t.oid and i.indisprimary) or tenant is null`,
  },
  {
    name: 'tenant_id comes first in every unique index',
    sql: `select t.object || ' ' || i.indexrelid::regclass::text as object from tables t join pg_index i on i.indrelid = t.oid
      where i.indisunique and not i.indisprimary and i.indkey[0] is distinct from tenant`,
  },
  {
    name: 'every exclusion constraint holds tenant_id',
    sql: `select t.object || ' ' || x.conname as object from tables t join pg_constraint x on x.conrelid = t.oid
      where x.contype = 'x' and not coalesce(tenant = any(x.conkey), false)`,
  },
  {
    name: 'every foreign key leads from tenant_id to tenant_id first',
    sql: `select t.object || ' ' || x.conname as object from tables t join pg_constraint x on x.conrelid = t.oid
      where x.contype = 'f' and (x.conkey[1] is distinct from tenant or not exists (select from pg_attribute a
        where a.attrelid = x.confrelid and a.attnum = x.confkey[1] and a.attname = 'tenant_id'))`,
  },
  {
    name: 'no foreign key leads out of its schema',
    sql: `select t.object || ' ' || x.conname as object from tables t join pg_constraint x on x.conrelid = t.oid
      join pg_class other on other.oid = x.confrelid where x.contype = 'f' and other.relnamespace::regnamespace::text <> t.schema`,
  },
  {
    // A partition that nobody is let to is reached through its table only, whose policies hold.
    name: 'row-level security is enabled and forced',
    sql: `select object from tables where not (relrowsecurity and relforcerowsecurity)
      and not (relispartition and not has_any_column_privilege(application, oid, 'SELECT, INSERT, UPDATE')
        and not has_table_privilege(application, oid, 'DELETE'))`,
  },
  {
    name: 'where the application role is let in, it has a policy',
    sql: `select object from tables t where (has_any_column_privilege(application, oid, 'SELECT, INSERT, UPDATE')
        or has_table_privilege(application, oid, 'DELETE'))
      and not exists (select from pg_policy p where p.polrelid = t.oid and t.application::regrole = any(p.polroles))`,
  },
  {
    name: 'every policy of the application role keeps to the bound tenant',
    sql: `select t.object || ' ' || p.polname as object from tables t join pg_policy p on p.polrelid = t.oid
      where p.polpermissive and p.polroles && array[0, t.application::regrole::oid]
        and (coalesce(pg_get_expr(p.polqual, p.polrelid), $1) <> $1 or coalesce(pg_get_expr(p.polwithcheck, p.polrelid), $1) <> $1)`,
  },
  {
    name: 'a policy is for the roles of its own schema',
    sql: `select t.object || ' ' || p.polname as object from tables t join pg_policy p on p.polrelid = t.oid
      where not p.polroles <@ array[t.application::regrole::oid, t.relay::regrole::oid, t.owner::regrole::oid]`,
  },
  {
    name: 'schemas, tables and functions belong to the owner role',
    sql: `select object from tables where relowner <> owner::regrole
      union all select name from schemas where nspowner <> owner::regrole
      union all select object from functions where proowner <> owner::regrole`,
  },
  {
    name: 'nobody holds more than reading and writing rows, in their own schema',
    sql: `select t.object || ' ' || coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC') || ' ' || a.privilege_type as object
      from tables t join pg_class c on c.oid = t.oid, aclexplode(c.relacl) a
      where a.grantee <> t.owner::regrole and (a.is_grantable or a.grantee not in (t.application::regrole, t.relay::regrole)
        or a.privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE'))`,
  },
  {
    name: 'a login role reaches its own schema only',
    sql: `select l.rolname || ' ' || s.name as object from logins l, schemas s
      where s.name <> l.schema and has_schema_privilege(l.oid, s.oid, 'USAGE')
      union all select l.rolname || ' creates in ' || n.nspname from logins l, pg_namespace n
      where has_schema_privilege(l.oid, n.oid, 'CREATE')`,
  },
  {
    name: 'a login role is nothing but itself',
    sql: `select rolname::text as object from logins where rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication
      union all select l.rolname || ' in ' || m.roleid::regrole from logins l join pg_auth_members m on m.member = l.oid`,
  },
  {
    name: 'no float, no money type',
    sql: "select object from columns where type in ('real', 'double precision', 'money')",
  },
  {
    name: 'a time has a time zone',
    sql: `select object from columns where type in ('timestamp without time zone', 'time with time zone')`,
  },
  {
    name: 'an id is a uuid',
    sql: `select object from columns where (name = 'id' or name like '%\\_id') and type <> 'uuid'`,
  },
  {
    name: 'a view sees what its reader may see',
    sql: `select s.name || '.' || c.relname as object from pg_class c join schemas s on s.oid = c.relnamespace
      where c.relkind = 'm' or c.relkind = 'v' and not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on'], false)`,
  },
  {
    // Without pg_temp at the end, Postgres looks for tables in the caller's temporary schema first.
    name: 'a SECURITY DEFINER function fixes its search path, pg_temp last',
    sql: `select object from functions f where prosecdef and not exists (select from unnest(proconfig) setting
      where setting like 'search\\_path=%' and setting ~ '[=, ]"?pg_temp"?$' and setting !~ '(public|\\$user)')`,
  },
  {
    name: 'no function is open to everybody',
    sql: `select object from functions f where exists (select from aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a
      where a.grantee = 0)`,
  },
  {
    name: 'nothing of ours lies in the schema public',
    sql: `select 'public.' || relname as object from pg_class where relnamespace = to_regnamespace('public')
      and relkind in ('r', 'p', 'v', 'm') and not exists (select from pg_depend d where d.objid = pg_class.oid and d.deptype = 'e')`,
  },
]

export const RULE_NAMES = RULES.map(({ name }) => name)

/** Everything in the six schemas that breaks a rule. */
export async function readFaults(client: pg.Client | pg.PoolClient): Promise<Fault[]> {
  const faults: Fault[] = []
  for (const { name, sql } of RULES) {
    const values = sql.includes('$1') ? [TENANT_POLICY] : []
    const { rows } = await client.query<{ object: string }>(`${GROUND} ${sql} order by 1`, values)
    faults.push(...rows.map(({ object }) => ({ rule: name, object })))
  }
  return faults
}
