-- How a reply was cut off: `at_ceiling`, `at_ceiling_unsaid`, `empty_by_reasoning`, `tool_call_cut`,
-- `window_full` or `runaway`. NULL where it was not, and where nobody looked: rows from before have
-- only `truncated`.
ALTER TABLE token_estimation_v2_events ADD COLUMN truncation TEXT;
