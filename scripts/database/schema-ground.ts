import { applicationRole, ownerRole, relayRole } from '@tillgraph/kit/database/role-url'
import type { Subgraph } from './subgraphs.ts'

/**
 * The SQL functions that every schema has before its first migration, so that sealing a table is one short line
 * in the migration that creates it:
 *
 *   select seal_table('products');                          every statement, rows of the bound tenant only
 *   select seal_table('movements', 'SELECT', 'INSERT');     the same for a table that is only ever added to
 *   select seal_for_relay('outbox');                        the relay role reads, marks and deletes for all tenants
 *   select seal_for_relay('orders', 'SELECT');
 *   select seal_for_owner('users');                         SECURITY DEFINER functions see the rows of all tenants
 *
 * Called again, they replace what an earlier call had opened. Each of them locks the table; one that only functions of the schema may reach needs no more than seal_for_owner.
 *
 * They run with the rights of their caller, the owner role.
 */
export function sealFunctions(subgraph: Subgraph): string {
  const application = applicationRole(subgraph)
  const relay = relayRole(subgraph)
  const owner = ownerRole(subgraph)
  const define = (signature: string, body: string) => `
    create or replace function ${subgraph}.${signature} returns void
      language plpgsql set search_path = pg_catalog, pg_temp as $function$ begin ${body} end $function$;`
  const allow = (role: string) => `
    if not privileges <@ array['SELECT', 'INSERT', 'UPDATE', 'DELETE'] then
      raise exception 'a table is opened for SELECT, INSERT, UPDATE or DELETE, not for %', privileges;
    end if;
    execute format('revoke all on table %s from ${role}', target);
    execute format('grant %s on table %s to ${role}', array_to_string(privileges, ', '), target);`
  const lock = `
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format('revoke all on table %s from public', target);`
  const policy = (name: string, role: string, condition: string) => `
    execute format($policy$drop policy if exists ${name} on %s$policy$, target);
    execute format($policy$create policy ${name} on %s to ${role} using (${condition}) with check (${condition})$policy$,
      target);`
  const ofTenant = "tenant_id = nullif(current_setting('tillgraph.tenant', true), '')::uuid"

  return [
    define(
      "seal_table(target regclass, variadic privileges text[] default array['SELECT', 'INSERT', 'UPDATE', 'DELETE'])",
      lock + policy('tenant', application, ofTenant) + allow(application),
    ),
    define(
      "seal_for_relay(target regclass, variadic privileges text[] default array['SELECT', 'UPDATE', 'DELETE'])",
      lock + policy('relay', relay, 'true') + allow(relay),
    ),
    define('seal_for_owner(target regclass)', lock + policy('owner', owner, 'true')),
  ].join('\n')
}
