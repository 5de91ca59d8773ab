-- What is known of a call before it is made, and tells it from others of its cell. NULL is unknown.

-- How hard the model was told to think: `default` where it was told nothing, `budget` where it was
-- given a budget.
ALTER TABLE token_estimation_v2_events ADD COLUMN effort TEXT;
-- The form of the builder's prompt, by name.
ALTER TABLE token_estimation_v2_events ADD COLUMN template TEXT;
-- What goes in, as estimated before the call: a token for each four bytes of the prompt.
ALTER TABLE token_estimation_v2_events ADD COLUMN estimated_input_tokens INTEGER;
