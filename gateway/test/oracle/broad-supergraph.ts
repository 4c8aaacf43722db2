import type { SubgraphText } from '../kit/compose.ts'

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7", import: [
  "@key", "@external", "@requires", "@provides", "@shareable", "@override", "@inaccessible", "@interfaceObject", "@tag"])`

/** Subgraphs that between them use every part of federation the planner knows how to plan. */
export const broadTexts: readonly SubgraphText[] = [
  {
    name: 'catalog',
    typeDefs: `${LINK}
      scalar Json
      enum Kind { PRINT SCREEN  OTHER @inaccessible }
      enum Currency { EUR USD }
      input Filter { kind: Kind  words: [String!]  range: Range }
      input Range { from: Int = 1  to: Int }
      interface Node { id: ID! }
      interface Media implements Node @key(fields: "id") { id: ID! title: String year: Int! kind: Kind }
      type Book implements Media & Node @key(fields: "id") {
        id: ID! title: String year: Int! kind: Kind pages: Int author: Person chapters: [[String!]!] }
      type Film implements Media & Node @key(fields: "id") {
        id: ID! title: String year: Int! kind: Kind minutes: Int! director: Person! cast: [Person] }
      type Product implements Node @key(fields: "id") @key(fields: "sku variation { code }") {
        id: ID! sku: String! variation: Variation! name: String! price(currency: Currency = EUR): Float!
        weight: Int dimensions: Dimensions tags: [String!]! related(limit: Int): [Product] media: Media extra: Json
        grid: [[Product]] owner: Person! }
      type Variation { code: ID! label: String @shareable }
      type Dimensions @shareable { width: Int height: Int! unit: Kind }
      type Person @key(fields: "id") { id: ID! name: String! @shareable  title: String }
      type Settings @shareable { theme: String size: Dimensions }
      union SearchResult = Product | Person | Book
      type Query {
        product(id: ID!): Product
        products(first: Int = 3, filter: Filter): [Product!]!
        media(kind: Kind): [Media]
        oneMedia: Media!
        node(id: ID!): Node
        nodes: [Node!]
        search(text: String, deep: [[Int]]): [SearchResult]
        matrix: [[Product]]
        cells: [[Int!]]!
        settings: Settings! @shareable
      }
      type Mutation { rename(id: ID!, filter: Filter): Product  touch: Renamed! }
      type Renamed { product: Product  query: Query! }`,
  },
  {
    name: 'people',
    typeDefs: `${LINK}
      interface Named { name: String! }
      type Person implements Named @key(fields: "id") {
        id: ID! name: String! @shareable email: String @shareable age: Int! friends: [Person!] best: Person! favourite: Product
        title: String @override(from: "catalog") }
      type Product @key(fields: "id", resolvable: false) { id: ID! }
      type Query { person(id: ID!): Person  people(n: Int): [Person!]  viewer: Person!  named: [Named] }
      type Mutation { greet(name: String!): Person! }`,
  },
  {
    name: 'stock',
    typeDefs: `${LINK}
      enum Kind { PRINT SCREEN OTHER }
      type Product @key(fields: "sku variation { code }") {
        sku: String! variation: Variation! weight: Int @external dimensions: Dimensions @external
        stock: Int! bins: [Bin!] requiredShipping(zone: String): Int @requires(fields: "weight dimensions { width unit }")
        requiredWeight: Int! @requires(fields: "weight") }
      type Variation { code: ID! label: String @shareable }
      type Dimensions @shareable { width: Int height: Int! unit: Kind }
      type Bin { place: String! level: Int product: Product }
      type Settings @shareable { theme: String size: Dimensions }
      type Query { settings: Settings! @shareable  bins: [Bin] }`,
  },
  {
    name: 'reviews',
    typeDefs: `${LINK}
      type Media @interfaceObject @key(fields: "id") {
        id: ID! year: Int! @external reviews(first: Int): [Review!]! rating: Float requiredAge: Int @requires(fields: "year") }
      type Review @key(fields: "id") {
        id: ID! body: String author: Person @provides(fields: "email") media: Media! parent: Review stars: Int! }
      type Person @key(fields: "id") { id: ID! email: String @external reviews: [Review] }
      union Thing = Review | Person
      type Query { reviews: [Review]  topMedia: [Media!]  things: [Thing!] }`,
  },
  {
    name: 'notes',
    typeDefs: `${LINK}
      type Product @key(fields: "id") { id: ID! hidden: String @inaccessible note: String shelf: Shelf }
      type Shelf @key(fields: "row column") { row: ID! column: ID! label: String! next: Shelf }
      type Person @key(fields: "id") { id: ID! notes: [Note] }
      type Note { text: String! about: Product }
      type Review @key(fields: "id") { id: ID! flagged: Boolean! }
      type Query { shelves: [Shelf!]! }`,
  },
  {
    name: 'derived',
    typeDefs: `${LINK}
      type Product @key(fields: "id") { id: ID! hidden: String @external requiredHidden: String @requires(fields: "hidden") }
      type Shelf @key(fields: "row column") { row: ID! column: ID! products: [Product!] }
      type Book @key(fields: "id") { id: ID! pages: Int @external requiredPages: [Int] @requires(fields: "pages") }`,
  },
]
