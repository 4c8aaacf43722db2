-- Words that stand together in a product: docs/adr/0171 says why a search for several words looks them up by two.

-- What two words of a product are known by: their first three letters, whichever comes first. One number for each pair;
-- different pairs may share one, so whoever finds by it looks at the words too.
CREATE FUNCTION "pair_key"("tenant" uuid, "one" text, "other" text) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  RETURN hashtextextended(tenant::text || one || '/' || other, 0);

-- What products of more words than are paired are known by.
CREATE FUNCTION "unpaired_key"("tenant" uuid) RETURNS bigint
  LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  RETURN pair_key(tenant, '', '');

-- All pairs of a product's words; of more than 16 there would be too many.
CREATE FUNCTION "word_pairs"("tenant" uuid, "words" text[]) RETURNS bigint[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  RETURN (
    WITH beginning AS (
      SELECT DISTINCT left(word, 3) COLLATE "C" AS letters FROM unnest(words) AS word WHERE char_length(word) >= 3
    )
    SELECT CASE WHEN (SELECT count(*) FROM beginning) > 16 THEN ARRAY[unpaired_key(tenant)]
      ELSE ARRAY(SELECT pair_key(tenant, one.letters, other.letters)
        FROM beginning one JOIN beginning other ON one.letters < other.letters) END
  );

-- Pairs that a product has of which all of these words are: each word once, but the last of an odd number. Words that
-- begin alike may mean the same word of a product, and are no pair.
CREATE FUNCTION "wanted_pairs"("tenant" uuid, "words" text[]) RETURNS bigint[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  RETURN ARRAY(
    SELECT pair_key(tenant, placed.letters, placed.next) FROM (
      SELECT letters, lead(letters) OVER in_order AS next, row_number() OVER in_order AS place, count(*) OVER () AS all_of_them
      FROM (SELECT DISTINCT left(word, 3) COLLATE "C" AS letters FROM unnest(words) AS word WHERE char_length(word) >= 3) b
      WINDOW in_order AS (ORDER BY letters)
    ) placed WHERE placed.next IS NOT NULL AND (placed.place % 2 = 1 OR placed.place = placed.all_of_them - 1)
  );

-- Whether each of the words that were typed begins one of a product's.
CREATE FUNCTION "has_words"("words" text[], "typed" text[]) RETURNS boolean
  LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
  RETURN NOT EXISTS (SELECT FROM unnest(typed) AS begun
    WHERE NOT EXISTS (SELECT FROM unnest(words) AS word WHERE starts_with(word, begun)));

CREATE INDEX "product_word_pairs" ON "product" USING GIN (word_pairs(tenant_id, search_words))
  WITH (fastupdate = off) WHERE (archived_at IS NULL);
GRANT EXECUTE ON FUNCTION pair_key, unpaired_key, word_pairs TO tillgraph_catalog;

-- As search_by_words, for products that have all of the pairs, and for those whose words are not paired.
CREATE FUNCTION "search_by_pairs"(
  "tenant" uuid, "typed" text[], "query" tsquery, "pairs" bigint[], "but_ids" uuid[], "but_name" text, "but_sku" text,
  "after_key" text, "after_id" uuid, "most" int
) RETURNS TABLE ("product_id" uuid, "key" text)
  LANGUAGE plpgsql STABLE
  SET enable_seqscan = off SET enable_indexscan = off SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  unpaired CONSTANT bigint[] := ARRAY[unpaired_key(tenant)];
BEGIN
  IF EXISTS (SELECT FROM product p WHERE word_pairs(p.tenant_id, p.search_words) @> unpaired AND p.archived_at IS NULL) THEN
    RETURN QUERY
      SELECT fit.id, fit.name_key FROM (
        (SELECT p.id, p.name_key, p.sku_key FROM product p
        WHERE word_pairs(p.tenant_id, p.search_words) @> pairs AND p.archived_at IS NULL AND p.tenant_id = tenant
          AND has_words(p.search_words, typed)
        LIMIT 1000)
        UNION ALL
        (SELECT p.id, p.name_key, p.sku_key FROM product p
        WHERE search_lexemes(p.tenant_id, p.search_words) @@ query
          AND word_pairs(p.tenant_id, p.search_words) @> unpaired AND p.archived_at IS NULL AND p.tenant_id = tenant
        LIMIT 1000)
      ) fit
      WHERE fit.id <> ALL (but_ids) AND NOT (but_name <> '' AND starts_with(fit.name_key, but_name))
        AND NOT starts_with(fit.sku_key, but_sku)
        AND (after_key IS NULL OR (fit.name_key, fit.id) > (after_key, after_id))
      ORDER BY fit.name_key, fit.id LIMIT most;
    RETURN;
  END IF;
  RETURN QUERY
    SELECT fit.id, fit.name_key FROM (
      SELECT p.id, p.name_key FROM product p
      WHERE word_pairs(p.tenant_id, p.search_words) @> pairs AND p.archived_at IS NULL AND p.tenant_id = tenant
        AND has_words(p.search_words, typed)
        AND p.id <> ALL (but_ids) AND NOT (but_name <> '' AND starts_with(p.name_key, but_name))
        AND NOT starts_with(p.sku_key, but_sku)
      LIMIT 1000
    ) fit
    WHERE after_key IS NULL OR (fit.name_key, fit.id) > (after_key, after_id)
    ORDER BY fit.name_key, fit.id LIMIT most;
END $$;

-- A page of what fits a text, best first. `code` is the text as a SKU or barcode is looked up, `name_start` and
-- `words` are made from it as names are made into keys and words; a place is a step, a key and an id.
--   1 has this SKU or barcode         2 the name begins with the text    3 the SKU begins with it
--   4 a barcode begins with it        5 has all words or their beginnings 6 has words that are like them
CREATE OR REPLACE FUNCTION "search_products"(
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
  pairs bigint[];
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
    pairs := wanted_pairs(tenant, words);
    IF cardinality(pairs) > 0 THEN
      RETURN QUERY SELECT fit.product_id, 5, fit.key FROM search_by_pairs(tenant, words, typed, pairs, exact, name_start,
        sku_start, CASE WHEN after_step = 5 THEN after_key END, after_id, missing) fit;
    ELSE
      RETURN QUERY SELECT fit.product_id, 5, fit.key FROM search_by_words(tenant, typed, exact, name_start, sku_start,
        CASE WHEN after_step = 5 THEN after_key END, after_id, missing) fit;
    END IF;
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
