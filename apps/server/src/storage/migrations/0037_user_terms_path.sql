-- Whoever writes a user from elsewhere (an administrator's own session, a restored dump) has another search path.
ALTER FUNCTION keep_user_terms() SET search_path = keywarden;
