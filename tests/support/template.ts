/** What createTestDatabase copies: a database with all migrations and no row. */
export const TEMPLATE_DATABASE = 'tillgraph_template'
