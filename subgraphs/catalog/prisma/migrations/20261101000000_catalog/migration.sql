-- The catalogue: what is sold, at what price and tax. How searching works: docs/adr/0071. How the feed works: 0072.

-- The catalogue's clock: each transaction that changes something takes the next number, and holds the row until it
-- has ended. So changes of one business come one after another, and whoever sees a number has seen all below it.
CREATE TABLE "change_counter" (
    "tenant_id" UUID NOT NULL,
    "last_change" BIGINT NOT NULL,

    CONSTRAINT "change_counter_pkey" PRIMARY KEY ("tenant_id"),
    CONSTRAINT "change_counter_counts_up" CHECK ("last_change" > 0)
);
SELECT seal_table('change_counter', 'SELECT', 'INSERT', 'UPDATE');

-- What products are taxed with. Never deleted: orders name it.
CREATE TABLE "tax_class" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT COLLATE "C" NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "change" BIGINT NOT NULL,
    "archived_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "tax_class_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "tax_class_name_length" CHECK (char_length("name") BETWEEN 1 AND 200),
    CONSTRAINT "tax_class_version_counts_up" CHECK ("version" > 0)
);
CREATE UNIQUE INDEX "tax_class_name_in_use" ON "tax_class" ("tenant_id", "name_key") WHERE (archived_at IS NULL);
CREATE INDEX "tax_class_by_name" ON "tax_class" ("tenant_id", "name_key", "id");
CREATE INDEX "tax_class_by_change" ON "tax_class" ("tenant_id", "change", "id");
SELECT seal_table('tax_class', 'SELECT', 'INSERT', 'UPDATE');

-- From when on a tax class has which rates; one without rates is untaxed.
CREATE TABLE "tax_class_period" (
    "tenant_id" UUID NOT NULL,
    "tax_class_id" UUID NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "tax_class_period_pkey" PRIMARY KEY ("tenant_id", "tax_class_id", "valid_from"),
    CONSTRAINT "tax_class_period_tax_class" FOREIGN KEY ("tenant_id", "tax_class_id")
      REFERENCES "tax_class" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT
);
SELECT seal_table('tax_class_period', 'SELECT', 'INSERT');

CREATE TABLE "tax_rate" (
    "tenant_id" UUID NOT NULL,
    "tax_class_id" UUID NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "position" SMALLINT NOT NULL,
    "code" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "rate" BIGINT NOT NULL,
    "compound" BOOLEAN NOT NULL,

    CONSTRAINT "tax_rate_pkey" PRIMARY KEY ("tenant_id", "tax_class_id", "valid_from", "position"),
    CONSTRAINT "tax_rate_period" FOREIGN KEY ("tenant_id", "tax_class_id", "valid_from")
      REFERENCES "tax_class_period" ("tenant_id", "tax_class_id", "valid_from") ON DELETE CASCADE ON UPDATE RESTRICT,
    CONSTRAINT "tax_rate_position_bounded" CHECK ("position" BETWEEN 0 AND 7),
    CONSTRAINT "tax_rate_in_millionths" CHECK ("rate" BETWEEN 0 AND 10000000),
    CONSTRAINT "tax_rate_code_form" CHECK ("code" ~ '^[A-Z0-9][A-Z0-9_-]{0,19}$'),
    CONSTRAINT "tax_rate_name_length" CHECK (char_length("name") BETWEEN 1 AND 200)
);
CREATE UNIQUE INDEX "tax_rate_code_once" ON "tax_rate" ("tenant_id", "tax_class_id", "valid_from", "code");
SELECT seal_table('tax_rate', 'SELECT', 'INSERT', 'DELETE');

-- What prices mean, and how taxes are rounded; a row from the first time on that it is needed.
CREATE TABLE "tax_settings" (
    "tenant_id" UUID NOT NULL,
    "prices" TEXT NOT NULL,
    "tax_rounding" TEXT NOT NULL,
    "rounding_mode" TEXT NOT NULL,
    "default_tax_class_id" UUID NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "tax_settings_pkey" PRIMARY KEY ("tenant_id"),
    CONSTRAINT "tax_settings_default_tax_class" FOREIGN KEY ("tenant_id", "default_tax_class_id")
      REFERENCES "tax_class" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "tax_settings_prices_known" CHECK ("prices" IN ('INCLUSIVE', 'EXCLUSIVE')),
    CONSTRAINT "tax_settings_tax_rounding_known" CHECK ("tax_rounding" IN ('LINE', 'RECEIPT')),
    CONSTRAINT "tax_settings_rounding_mode_known"
      CHECK ("rounding_mode" IN ('HALF_AWAY_FROM_ZERO', 'HALF_EVEN', 'UP', 'DOWN'))
);
SELECT seal_table('tax_settings', 'SELECT', 'INSERT', 'UPDATE');

-- How the scales of the business fill an EAN-13.
CREATE TABLE "scale_layout" (
    "tenant_id" UUID NOT NULL,
    "position" SMALLINT NOT NULL,
    "pattern" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "decimals" SMALLINT NOT NULL,

    CONSTRAINT "scale_layout_pkey" PRIMARY KEY ("tenant_id", "position"),
    CONSTRAINT "scale_layout_position_bounded" CHECK ("position" BETWEEN 0 AND 9),
    CONSTRAINT "scale_layout_pattern_form" CHECK ("pattern" ~ '^2[0-9][IVKX]{10}C$'),
    CONSTRAINT "scale_layout_value_known" CHECK ("value" IN ('PRICE', 'WEIGHT')),
    CONSTRAINT "scale_layout_decimals_bounded" CHECK ("decimals" BETWEEN 0 AND 3)
);
SELECT seal_table('scale_layout', 'SELECT', 'INSERT', 'DELETE');

-- Groups of products. `path` is the numbers from the top down, each with a point behind it (1.7.12.), so that a
-- category and all beneath it are one range of the index; it is kept by whoever moves a category.
CREATE TABLE "category" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "parent_id" UUID,
    "number" INTEGER NOT NULL,
    "path" TEXT COLLATE "C" NOT NULL,
    "depth" SMALLINT NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT COLLATE "C" NOT NULL,
    "position" INTEGER NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "change" BIGINT NOT NULL,
    "archived_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "category_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "category_parent" FOREIGN KEY ("tenant_id", "parent_id")
      REFERENCES "category" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "category_not_in_itself" CHECK ("parent_id" <> "id"),
    CONSTRAINT "category_path_ends_in_number" CHECK ("path" ~ '^([0-9]+\.)+$' AND right('.' || "path", char_length("number"::text) + 2) = '.' || "number" || '.'),
    CONSTRAINT "category_depth_bounded" CHECK ("depth" BETWEEN 1 AND 8),
    CONSTRAINT "category_depth_is_of_path" CHECK ("depth" = char_length("path") - char_length(replace("path", '.', ''))),
    CONSTRAINT "category_top_has_no_parent" CHECK (("parent_id" IS NULL) = ("depth" = 1)),
    CONSTRAINT "category_name_length" CHECK (char_length("name") BETWEEN 1 AND 200),
    CONSTRAINT "category_position_bounded" CHECK ("position" BETWEEN 0 AND 1000000),
    CONSTRAINT "category_version_counts_up" CHECK ("version" > 0)
);
CREATE UNIQUE INDEX "category_number" ON "category" ("tenant_id", "number");
CREATE UNIQUE INDEX "category_path" ON "category" ("tenant_id", "path");
CREATE UNIQUE INDEX "category_name_in_use" ON "category" ("tenant_id", "parent_id", "name_key") NULLS NOT DISTINCT
  WHERE (archived_at IS NULL);
CREATE INDEX "category_in_order" ON "category" ("tenant_id", "position", "name_key", "id");
CREATE INDEX "category_children" ON "category" ("tenant_id", "parent_id", "position", "name_key", "id");
CREATE INDEX "category_by_change" ON "category" ("tenant_id", "change", "id");
SELECT seal_table('category', 'SELECT', 'INSERT', 'UPDATE');

-- What is sold. `name_key` is the name without case, accents and punctuation: lists are in its order, and searches
-- begin with it. The price is the one that holds now, in thousandths of a minor unit; `price` has those before it.
CREATE TABLE "product" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "sku" TEXT NOT NULL,
    "sku_key" TEXT COLLATE "C" NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT COLLATE "C" NOT NULL,
    "search_words" TEXT[] NOT NULL,
    "description" TEXT,
    "unit" TEXT NOT NULL,
    "quantity_decimals" SMALLINT NOT NULL,
    "sold_by_weight" BOOLEAN NOT NULL,
    "price_minor_thousandths" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "price_valid_from" TIMESTAMPTZ(3) NOT NULL,
    "tax_class_id" UUID NOT NULL,
    "category_id" UUID,
    "scale_item" TEXT COLLATE "C",
    "attribute_names" TEXT[] NOT NULL,
    "attribute_values" TEXT[] NOT NULL,
    "image_url" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "change" BIGINT NOT NULL,
    "archived_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "product_pkey" PRIMARY KEY ("tenant_id", "id"),
    CONSTRAINT "product_tax_class" FOREIGN KEY ("tenant_id", "tax_class_id")
      REFERENCES "tax_class" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "product_category" FOREIGN KEY ("tenant_id", "category_id")
      REFERENCES "category" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "product_sku_length" CHECK (char_length("sku") BETWEEN 1 AND 64),
    CONSTRAINT "product_name_length" CHECK (char_length("name") BETWEEN 1 AND 200),
    CONSTRAINT "product_search_words_bounded" CHECK (cardinality("search_words") <= 100),
    CONSTRAINT "product_description_length" CHECK (char_length("description") BETWEEN 1 AND 2000),
    CONSTRAINT "product_unit_known" CHECK ("unit" IN
      ('PIECE', 'KILOGRAM', 'GRAM', 'LITRE', 'MILLILITRE', 'METRE', 'SQUARE_METRE', 'CUBIC_METRE', 'HOUR')),
    CONSTRAINT "product_quantity_decimals_bounded" CHECK ("quantity_decimals" BETWEEN 0 AND 3),
    CONSTRAINT "product_weight_has_unit" CHECK (NOT "sold_by_weight" OR "unit" IN ('KILOGRAM', 'GRAM')),
    CONSTRAINT "product_price_bounded" CHECK ("price_minor_thousandths" BETWEEN 0 AND 999999999999999000),
    CONSTRAINT "product_currency_form" CHECK ("currency" ~ '^[A-Z]{3}$'),
    CONSTRAINT "product_scale_item_form" CHECK ("scale_item" ~ '^[1-9][0-9]{0,5}$'),
    CONSTRAINT "product_attributes_pair_up" CHECK
      (cardinality("attribute_names") = cardinality("attribute_values") AND cardinality("attribute_names") <= 50),
    CONSTRAINT "product_image_is_https" CHECK ("image_url" ~ '^https://' AND char_length("image_url") <= 2000),
    CONSTRAINT "product_version_counts_up" CHECK ("version" > 0)
);
CREATE UNIQUE INDEX "product_sku" ON "product" ("tenant_id", "sku_key");
CREATE UNIQUE INDEX "product_scale_item" ON "product" ("tenant_id", "scale_item");
CREATE INDEX "product_by_name" ON "product" ("tenant_id", "name_key", "id") WHERE (archived_at IS NULL);
CREATE INDEX "product_archived_by_name" ON "product" ("tenant_id", "name_key", "id") WHERE (archived_at IS NOT NULL);
CREATE INDEX "product_of_category" ON "product" ("tenant_id", "category_id", "name_key", "id");
CREATE INDEX "product_of_tax_class" ON "product" ("tenant_id", "tax_class_id", "name_key", "id");
CREATE INDEX "product_by_change" ON "product" ("tenant_id", "change", "id");
SELECT seal_table('product', 'SELECT', 'INSERT', 'UPDATE');
SELECT seal_for_owner('product');

-- Every price a product ever had, from when on. Written with the product, by the trigger, so that none is forgotten.
CREATE TABLE "price" (
    "tenant_id" UUID NOT NULL,
    "product_id" UUID NOT NULL,
    "valid_from" TIMESTAMPTZ(3) NOT NULL,
    "minor_thousandths" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,

    CONSTRAINT "price_pkey" PRIMARY KEY ("tenant_id", "product_id", "valid_from"),
    CONSTRAINT "price_product" FOREIGN KEY ("tenant_id", "product_id")
      REFERENCES "product" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "price_bounded" CHECK ("minor_thousandths" BETWEEN 0 AND 999999999999999000),
    CONSTRAINT "price_currency_form" CHECK ("currency" ~ '^[A-Z]{3}$')
);
SELECT seal_table('price', 'SELECT', 'INSERT');

CREATE FUNCTION "keep_price"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO price (tenant_id, product_id, valid_from, minor_thousandths, currency)
  VALUES (NEW.tenant_id, NEW.id, NEW.price_valid_from, NEW.price_minor_thousandths, NEW.currency);
  RETURN NULL;
END $$;
CREATE TRIGGER "product_first_price" AFTER INSERT ON "product" FOR EACH ROW EXECUTE FUNCTION "keep_price"();
CREATE TRIGGER "product_next_price" AFTER UPDATE ON "product" FOR EACH ROW
  WHEN ((OLD.price_minor_thousandths, OLD.currency) IS DISTINCT FROM (NEW.price_minor_thousandths, NEW.currency))
  EXECUTE FUNCTION "keep_price"();

-- `key` is equal for all spellings of one number: the 14 digits of a GTIN, the text itself of anything else.
CREATE TABLE "barcode" (
    "tenant_id" UUID NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "product_id" UUID NOT NULL,
    "position" SMALLINT NOT NULL,
    "code" TEXT COLLATE "C" NOT NULL,
    "symbology" TEXT NOT NULL,

    CONSTRAINT "barcode_pkey" PRIMARY KEY ("tenant_id", "key"),
    CONSTRAINT "barcode_product" FOREIGN KEY ("tenant_id", "product_id")
      REFERENCES "product" ("tenant_id", "id") ON DELETE RESTRICT ON UPDATE RESTRICT,
    CONSTRAINT "barcode_position_bounded" CHECK ("position" BETWEEN 0 AND 19),
    CONSTRAINT "barcode_code_length" CHECK (char_length("code") BETWEEN 1 AND 80),
    CONSTRAINT "barcode_symbology_known" CHECK ("symbology" IN
      ('EAN_8', 'EAN_13', 'UPC_A', 'UPC_E', 'GTIN_14', 'CODE_128', 'INTERNAL')),
    CONSTRAINT "barcode_gtin_has_digits" CHECK ("symbology" IN ('CODE_128', 'INTERNAL') OR "key" ~ '^[0-9]{14}$')
);
CREATE UNIQUE INDEX "barcode_of_product" ON "barcode" ("tenant_id", "product_id", "position");
CREATE INDEX "barcode_by_code" ON "barcode" ("tenant_id", "code", "product_id");
SELECT seal_table('barcode', 'SELECT', 'INSERT', 'DELETE');
SELECT seal_for_owner('barcode');

-- The words that names are made of, each once: where mistyped and partial words are looked up.
CREATE TABLE "search_word" (
    "tenant_id" UUID NOT NULL,
    "word" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "search_word_pkey" PRIMARY KEY ("tenant_id", "word"),
    CONSTRAINT "search_word_length" CHECK (char_length("word") BETWEEN 1 AND 40)
);
SELECT seal_table('search_word', 'SELECT', 'INSERT');
SELECT seal_for_owner('search_word');

-- Searching -----------------------------------------------------------------------------------------------------------
-- Operators that may tell of rows they were not to see (@@, @>, &&) are never put in front of a row-level policy, so an
-- index of them is of no use to the application role. These functions run as the owner instead, for whom the policy
-- is no filter; they take the tenant from the connection, never from their caller, and give nothing but ids.
-- Each key in the two GIN indexes begins with its tenant, so that a business costs what is its own, however many share
-- the table.

CREATE FUNCTION "search_key"("tenant" uuid, "word" text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  RETURN replace(tenant::text, '-', '') || '/' || word;

-- Words, and their first one to six letters: the beginning of a word that stands in thousands of names is then one list,
-- where a prefix would gather the lists of all its words.
CREATE FUNCTION "search_lexemes"("tenant" uuid, "words" text[]) RETURNS tsvector
  LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  RETURN array_to_tsvector(ARRAY(SELECT search_key(tenant, word) FROM unnest(words) AS word
    UNION SELECT search_key(tenant, '^' || left(word, letters))
    FROM unnest(words) AS word, generate_series(1, 6) AS letters WHERE char_length(word) >= letters));

-- A word without each of its letters in turn, and as it is; doubled letters count once. Two words that differ by one
-- letter (left out, put in, put for another, or swapped with its neighbour) have one of these in common.
CREATE FUNCTION "typo_keys"("tenant" uuid, "word" text) RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  BEGIN ATOMIC
    SELECT CASE WHEN char_length(word) < 4 THEN '{}' ELSE ARRAY(
      SELECT DISTINCT search_key(tenant, '~' || overlay(squeezed PLACING '' FROM place FOR 1))
      FROM regexp_replace(word, '(.)\1+', '\1', 'g') AS squeezed, generate_series(1, char_length(squeezed) + 1) AS place
    ) END;
  END;

-- Each three letters of a word that stand together.
CREATE FUNCTION "trigrams"("tenant" uuid, "word" text) RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  RETURN ARRAY(SELECT DISTINCT search_key(tenant, '.' || substr(word, place, 3))
    FROM generate_series(1, char_length(word) - 2) AS place);

CREATE FUNCTION "word_keys"("tenant" uuid, "word" text) RETURNS text[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  RETURN trigrams(tenant, word) || typo_keys(tenant, word);

CREATE INDEX "product_search" ON "product" USING GIN (search_lexemes(tenant_id, search_words))
  WITH (fastupdate = off) WHERE (archived_at IS NULL);
CREATE INDEX "search_word_keys" ON "search_word" USING GIN (word_keys(tenant_id, word)) WITH (fastupdate = off);

-- One step of a search by words: of the products that fit, 1,000 at the most are looked at, and those behind the place
-- given are told in the order of their names. The planner is held to the GIN index: it cannot know what is in a query.
CREATE FUNCTION "search_by_words"(
  "tenant" uuid, "query" tsquery, "but_ids" uuid[], "but_name" text, "but_sku" text,
  "after_key" text, "after_id" uuid, "most" int
) RETURNS TABLE ("product_id" uuid, "key" text)
  LANGUAGE plpgsql STABLE
  SET enable_seqscan = off SET enable_indexscan = off SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  RETURN QUERY
    SELECT fit.id, fit.name_key FROM (
      SELECT p.id, p.name_key FROM product p
      WHERE search_lexemes(p.tenant_id, p.search_words) @@ query AND p.archived_at IS NULL AND p.tenant_id = tenant
        AND p.id <> ALL (but_ids) AND NOT (but_name <> '' AND starts_with(p.name_key, but_name))
        AND NOT starts_with(p.sku_key, but_sku)
      LIMIT 1000
    ) fit
    WHERE after_key IS NULL OR (fit.name_key, fit.id) > (after_key, after_id)
    ORDER BY fit.name_key, fit.id LIMIT most;
END $$;

-- The words of the catalogue that hold a word or differ from it by a letter, 100 at the most; those that begin with it
-- are found without.
CREATE FUNCTION "words_like"("tenant" uuid, "given" text) RETURNS SETOF text
  LANGUAGE sql STABLE
  SET enable_seqscan = off SET plan_cache_mode = force_generic_plan
  BEGIN ATOMIC
    (SELECT word FROM search_word WHERE char_length(given) >= 3 AND tenant_id = tenant
      AND word_keys(tenant_id, word) @> trigrams(tenant, given) AND strpos(word, given) > 1 LIMIT 50)
    UNION
    (SELECT word FROM search_word WHERE tenant_id = tenant
      AND word_keys(tenant_id, word) && typo_keys(tenant, given) AND NOT starts_with(word, given) LIMIT 50);
  END;

-- The beginning of every word, or any of the words that are like it where `likely` says so. Words hold nothing but
-- letters, marks and digits, so that they need no quoting within the quotes.
CREATE FUNCTION "search_query"("tenant" uuid, "words" text[], "likely" boolean) RETURNS tsquery
  LANGUAGE sql STABLE
  BEGIN ATOMIC
    SELECT string_agg('(' || concat_ws(' | ',
        CASE WHEN char_length(word) <= 6 THEN format('''%s''', search_key(tenant, '^' || word))
          ELSE format('''%s'':*', search_key(tenant, word)) END,
        CASE WHEN likely THEN (SELECT string_agg(format('''%s''', search_key(tenant, similar_word)), ' | ')
          FROM words_like(tenant, word) AS similar_word) END) || ')', ' & ')::tsquery
    FROM unnest(words) AS word;
  END;

-- A page of what fits a text, best first. `code` is the text as a SKU or barcode is looked up, `name_start` and
-- `words` are made from it as names are made into keys and words; a place is a step, a key and an id.
--   1 has this SKU or barcode         2 the name begins with the text    3 the SKU begins with it
--   4 a barcode begins with it        5 has all words or their beginnings 6 has words that are like them
CREATE FUNCTION "search_products"(
  "sku_start" text, "barcode_keys" text[], "barcode_start" text, "name_start" text, "words" text[],
  "after_step" int, "after_key" text, "after_id" uuid, "most" int
) RETURNS TABLE ("product_id" uuid, "step" int, "key" text)
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20
  SET search_path = catalog, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  tenant CONSTANT uuid := nullif(current_setting('tillgraph.tenant', true), '')::uuid;
  past_all CONSTANT text := chr(1114111);
  exact uuid[];
  missing int := most;
  told int;
  begun text;
  typed tsquery;
  meant tsquery;
BEGIN
  IF tenant IS NULL THEN RETURN; END IF;
  exact := ARRAY(
    SELECT p.id FROM product p WHERE p.tenant_id = tenant AND p.sku_key = sku_start AND p.archived_at IS NULL
    UNION
    SELECT p.id FROM barcode b JOIN product p ON p.tenant_id = b.tenant_id AND p.id = b.product_id
    WHERE b.tenant_id = tenant AND b.key = ANY (barcode_keys) AND p.archived_at IS NULL);

  IF after_step <= 1 THEN
    RETURN QUERY SELECT p.id, 1, p.name_key FROM product p
      WHERE p.tenant_id = tenant AND p.id = ANY (exact) AND (after_step < 1 OR (p.name_key, p.id) > (after_key, after_id))
      ORDER BY p.name_key, p.id LIMIT missing;
    GET DIAGNOSTICS told = ROW_COUNT;
    missing := missing - told;
  END IF;

  IF missing > 0 AND after_step <= 2 AND name_start <> '' THEN
    begun := CASE WHEN after_step = 2 THEN after_key ELSE name_start END;
    RETURN QUERY SELECT p.id, 2, p.name_key FROM product p
      WHERE p.tenant_id = tenant AND p.archived_at IS NULL AND p.name_key >= begun AND p.name_key < name_start || past_all
        AND (after_step < 2 OR (p.name_key, p.id) > (after_key, after_id)) AND p.id <> ALL (exact)
      ORDER BY p.name_key, p.id LIMIT missing;
    GET DIAGNOSTICS told = ROW_COUNT;
    missing := missing - told;
  END IF;

  IF missing > 0 AND after_step <= 3 THEN
    begun := CASE WHEN after_step = 3 THEN after_key ELSE sku_start END;
    RETURN QUERY SELECT p.id, 3, p.sku_key FROM product p
      WHERE p.tenant_id = tenant AND p.archived_at IS NULL AND p.sku_key >= begun AND p.sku_key < sku_start || past_all
        AND (after_step < 3 OR p.sku_key > after_key) AND p.id <> ALL (exact)
        AND NOT (name_start <> '' AND starts_with(p.name_key, name_start))
      ORDER BY p.sku_key LIMIT missing;
    GET DIAGNOSTICS told = ROW_COUNT;
    missing := missing - told;
  END IF;

  IF missing > 0 AND after_step <= 4 AND char_length(barcode_start) >= 4 THEN
    RETURN QUERY SELECT fit.product_id, 4, fit.code FROM (
        SELECT begins.product_id, min(begins.code) AS code FROM (
          SELECT b.product_id, b.code FROM barcode b
          WHERE b.tenant_id = tenant AND b.code >= barcode_start AND b.code < barcode_start || past_all
          ORDER BY b.code, b.product_id LIMIT 1000
        ) begins GROUP BY begins.product_id
      ) fit JOIN product p ON p.tenant_id = tenant AND p.id = fit.product_id AND p.archived_at IS NULL
      WHERE (after_step < 4 OR (fit.code, fit.product_id) > (after_key, after_id)) AND p.id <> ALL (exact)
        AND NOT (name_start <> '' AND starts_with(p.name_key, name_start)) AND NOT starts_with(p.sku_key, sku_start)
      ORDER BY fit.code, fit.product_id LIMIT missing;
    GET DIAGNOSTICS told = ROW_COUNT;
    missing := missing - told;
  END IF;

  IF missing = 0 OR cardinality(words) = 0 THEN RETURN; END IF;
  typed := search_query(tenant, words, false);
  IF after_step <= 5 THEN
    RETURN QUERY SELECT fit.product_id, 5, fit.key FROM search_by_words(tenant, typed, exact, name_start, sku_start,
      CASE WHEN after_step = 5 THEN after_key END, after_id, missing) fit;
    GET DIAGNOSTICS told = ROW_COUNT;
    missing := missing - told;
  END IF;

  IF missing = 0 THEN RETURN; END IF;
  -- a name of several words that is there was not mistyped
  IF cardinality(words) > 1 AND EXISTS (SELECT FROM product p
    WHERE p.tenant_id = tenant AND p.archived_at IS NULL AND p.name_key = name_start) THEN RETURN; END IF;
  meant := search_query(tenant, words, true);
  IF meant <> typed THEN
    RETURN QUERY SELECT fit.product_id, 6, fit.key FROM search_by_words(tenant, meant && !!typed, exact, name_start,
      sku_start, CASE WHEN after_step = 6 THEN after_key END, after_id, missing) fit;
  END IF;
END $$;

GRANT EXECUTE ON FUNCTION search_key, search_lexemes, typo_keys, trigrams, word_keys, search_products TO tillgraph_catalog;


-- Events that became true in the same transaction as the row; the relay hands them to the queues.
CREATE TABLE "outbox" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "aggregate_id" UUID NOT NULL,
    "payload" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sent_at" TIMESTAMPTZ(6),

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("tenant_id", "id")
);
CREATE INDEX "outbox_unsent" ON "outbox" ("created_at", "id") WHERE (sent_at IS NULL);
CREATE INDEX "outbox_sent" ON "outbox" ("sent_at", "id") WHERE (sent_at IS NOT NULL);
-- rows come and go all day: a table that is mostly dead is swept long before the default fifth of it has changed
ALTER TABLE "outbox" SET (autovacuum_vacuum_scale_factor = 0.05);
SELECT seal_table('outbox', 'SELECT', 'INSERT');
SELECT seal_for_relay('outbox', 'SELECT', 'UPDATE', 'DELETE');

-- Events whose effect has happened: the row is written in the transaction of the effect.
CREATE TABLE "inbox" (
    "tenant_id" UUID NOT NULL,
    "consumer" TEXT NOT NULL,
    "event_id" UUID NOT NULL,
    "received_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "inbox_pkey" PRIMARY KEY ("tenant_id", "consumer", "event_id")
);
CREATE INDEX "inbox_received" ON "inbox" USING BRIN ("received_at");
SELECT seal_table('inbox', 'SELECT', 'INSERT');
SELECT seal_for_relay('inbox', 'SELECT', 'DELETE');

-- Requests that were carried out, and what was answered: kept for ever.
CREATE TABLE "request" (
    "tenant_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "operation" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "answer" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "request_pkey" PRIMARY KEY ("tenant_id", "key")
);
SELECT seal_table('request', 'SELECT', 'INSERT');
