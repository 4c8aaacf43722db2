-- whoever writes an order need not have the schema in their search path
ALTER FUNCTION take_change_version() SET search_path = orders;
ALTER FUNCTION keep_order_before() SET search_path = orders;
