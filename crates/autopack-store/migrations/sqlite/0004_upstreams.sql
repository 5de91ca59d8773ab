-- Who was called, beyond the provider whose rules applied, and what refusals have taught.

ALTER TABLE token_estimation_v2_events ADD COLUMN upstream TEXT;
-- Inside the ceiling; NULL where none was sent.
ALTER TABLE token_estimation_v2_events ADD COLUMN thinking_budget_tokens INTEGER;
-- Calls over HTTP that the attempt took: those that failed in passing and were sent again count.
ALTER TABLE token_estimation_v2_events ADD COLUMN n_http_calls INTEGER;

-- What a server said when it refused a ceiling. One row for a model on a route; the newest word counts.
CREATE TABLE learned_limits (
    -- Upstream and host, as in the column of that name.
    route TEXT NOT NULL,
    model TEXT NOT NULL,
    -- The most the model writes; NULL where the server did not say.
    max_output_tokens INTEGER,
    -- What the model calls its ceiling; NULL where the server did not say.
    ceiling_parameter TEXT,
    learned_at DATETIME NOT NULL,
    PRIMARY KEY (route, model)
);
