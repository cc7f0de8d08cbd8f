-- SQLite's functions, most of them on JSON in texts, under its names, as far as they
-- are used here. Paths have the form '$.name.name'; a zero character in a JSON text, which
-- PostgreSQL can't hold, reads as U+FFFD.

CREATE FUNCTION json_steps(path text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT string_to_array(substr(path, 3), '.') $$;

CREATE FUNCTION json_of(doc text) RETURNS json LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT replace(nullif(doc, ''), '\u0000', '\ufffd')::json $$;

CREATE FUNCTION json_extract(doc text, path text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT json_of(doc) #>> json_steps(path) $$;

CREATE FUNCTION json_type(doc text, path text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT json_typeof(json_of(doc) #> json_steps(path)) $$;

CREATE FUNCTION json_each(doc text) RETURNS TABLE (value text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT json_array_elements_text(CASE json_typeof(json_of(doc)) WHEN 'array' THEN json_of(doc) ELSE '[]' END) $$;

CREATE FUNCTION json_each(doc text, path text) RETURNS TABLE (value text) LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT json_array_elements_text(CASE json_type(doc, path) WHEN 'array' THEN json_of(doc) #> json_steps(path) ELSE '[]' END) $$;

CREATE FUNCTION json_remove(doc text, VARIADIC paths text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    rest jsonb := json_of(doc)::jsonb;
    path text;
BEGIN
    FOREACH path IN ARRAY paths LOOP
        rest := rest #- json_steps(path);
    END LOOP;
    RETURN rest::text;
END $$;

CREATE FUNCTION unixepoch(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT floor(extract(epoch FROM at))::bigint $$;

CREATE FUNCTION max(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT CASE WHEN a >= b THEN a WHEN b > a THEN b END $$;

CREATE FUNCTION min(a bigint, b bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
    $$ SELECT CASE WHEN a <= b THEN a WHEN b < a THEN b END $$;
