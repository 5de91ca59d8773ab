-- Telemetry of calls: what was predicted, intended, sent, and what came back.
--
-- Names, types and views are those of the Python Autopack, so that queries written for it go on
-- working. Never edit this file once it is released: every database remembers its checksum.

CREATE TABLE token_estimation_v2_events (
    event_id INTEGER PRIMARY KEY,
    -- No foreign keys: the tables of runs and phases belonged to the Python Autopack.
    run_id TEXT NOT NULL,
    phase_id TEXT NOT NULL,
    -- When the call was made, UTC, as `YYYY-MM-DD HH:MM:SS.ffffff`; so is `created_at`.
    timestamp DATETIME NOT NULL,

    category TEXT NOT NULL,
    complexity TEXT NOT NULL,
    deliverable_count INTEGER NOT NULL,
    -- At most 20 of them, each cut to 200 characters.
    deliverables_json TEXT NOT NULL,

    -- Nullable, because unknown is never zero: a phase without deliverables has no prediction,
    -- and a prediction that is missing is no prediction of nothing.
    predicted_output_tokens INTEGER,
    -- Nullable, because a provider may report no usage and a failed call has none. Where
    -- `truncated` is set, this is a lower bound.
    actual_output_tokens INTEGER,
    -- The intent. Nullable, because without a prediction there is none.
    selected_budget INTEGER,
    -- The ceiling, exactly as sent.
    actual_max_tokens INTEGER,

    success BOOLEAN NOT NULL,
    truncated BOOLEAN NOT NULL DEFAULT 0,
    -- The normalised word; NULL where no reply came.
    stop_reason TEXT,
    model TEXT NOT NULL,

    -- NULL where the prediction or the outcome is unknown.
    smape_percent REAL,
    waste_ratio REAL,
    underestimated BOOLEAN,

    is_truncated_output BOOLEAN NOT NULL DEFAULT 0,
    api_reference_required BOOLEAN,
    examples_required BOOLEAN,
    research_required BOOLEAN,
    usage_guide_required BOOLEAN,
    context_quality TEXT,
    is_sot_file BOOLEAN,
    sot_file_name TEXT,
    -- Kept for the queries that name it; nothing here counts entries.
    sot_entry_count_hint INTEGER,
    created_at DATETIME NOT NULL,

    -- From here on, what the Python Autopack did not have.
    provider TEXT,
    route TEXT,
    -- What the client asked for itself.
    requested_max_tokens INTEGER,
    -- The part of the output that was reasoning.
    reasoning_tokens INTEGER,
    input_tokens INTEGER,
    -- The provider's own text for why it stopped.
    native_stop_reason TEXT,
    -- Counted from 1 within a chain: a call and its retries.
    attempt INTEGER,
    chain_id TEXT,
    policy_version TEXT,
    -- `[{"name", "before", "after", "reason"}]`, in order.
    decision_steps_json TEXT,
    -- The cell this call is learned in.
    group_key TEXT,
    latency_ms INTEGER,
    -- What the phase was estimated as, where that is not what it was called.
    estimated_category TEXT,
    confidence REAL,
    -- The name of the field in which the ceiling was sent.
    wire_parameter TEXT,
    -- The kind of a failed call, such as `timed_out`; NULL where the call came back.
    failure TEXT
);

CREATE INDEX ix_token_estimation_v2_run_id ON token_estimation_v2_events (run_id);
CREATE INDEX ix_token_estimation_v2_timestamp ON token_estimation_v2_events (timestamp);
CREATE INDEX ix_token_estimation_v2_category_complexity
    ON token_estimation_v2_events (category, complexity);
CREATE INDEX ix_token_estimation_v2_truncated
    ON token_estimation_v2_events (truncated) WHERE truncated = 1;

CREATE TABLE token_budget_escalation_events (
    event_id INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL,
    phase_id TEXT NOT NULL,
    timestamp DATETIME NOT NULL,
    -- The attempt that triggered it, from 1.
    attempt_index INTEGER NOT NULL,
    reason TEXT NOT NULL,
    was_truncated BOOLEAN NOT NULL,
    -- Percent of the ceiling.
    output_utilization REAL,
    escalation_factor REAL NOT NULL,
    base_value INTEGER NOT NULL,
    base_source TEXT NOT NULL,
    retry_max_tokens INTEGER NOT NULL,
    selected_budget INTEGER,
    actual_max_tokens INTEGER,
    tokens_used INTEGER,

    -- From here on, what the Python Autopack did not have.
    provider TEXT,
    chain_id TEXT
);

CREATE VIEW v_token_estimation_validation AS
SELECT
    category,
    complexity,
    deliverable_count,
    COUNT(*) as sample_count,
    SUM(CASE WHEN success = 1 THEN 1 ELSE 0 END) as success_count,
    ROUND(AVG(smape_percent), 2) as avg_smape,
    ROUND(AVG(CASE WHEN success = 1 THEN smape_percent END), 2) as avg_smape_success_only,
    ROUND(AVG(waste_ratio), 2) as avg_waste_ratio,
    ROUND(AVG(CASE WHEN success = 1 THEN waste_ratio END), 2) as avg_waste_ratio_success_only,
    SUM(CASE WHEN underestimated = 1 THEN 1 ELSE 0 END) as underestimation_count,
    ROUND(SUM(CASE WHEN underestimated = 1 THEN 1 ELSE 0 END) * 100.0 / COUNT(*), 2) as underestimation_rate_pct,
    SUM(CASE WHEN truncated = 1 THEN 1 ELSE 0 END) as truncation_count,
    ROUND(SUM(CASE WHEN truncated = 1 THEN 1 ELSE 0 END) * 100.0 / COUNT(*), 2) as truncation_rate_pct,
    ROUND(AVG(predicted_output_tokens), 0) as avg_predicted,
    ROUND(AVG(actual_output_tokens), 0) as avg_actual
FROM token_estimation_v2_events
GROUP BY category, complexity, deliverable_count
ORDER BY sample_count DESC;

CREATE VIEW v_recent_token_estimations AS
SELECT
    event_id,
    run_id,
    phase_id,
    timestamp,
    category,
    complexity,
    deliverable_count,
    predicted_output_tokens,
    actual_output_tokens,
    selected_budget,
    success,
    truncated,
    stop_reason,
    model,
    ROUND(smape_percent, 2) as smape_percent,
    ROUND(waste_ratio, 2) as waste_ratio,
    underestimated
FROM token_estimation_v2_events
ORDER BY timestamp DESC
LIMIT 100;
