-- Policies: every version there was, which one decided since when, and which was tried on a share of calls.
--
-- Nothing here is ever changed or taken away: the triggers hold whoever writes to that. The policies that
-- come with the program have no rows, and are named all the same.

CREATE TABLE policy_versions (
    -- A stem and a hash of the content, such as `build-142+3f2a90c1`.
    version TEXT NOT NULL PRIMARY KEY,
    -- What was active when it was written down.
    parent TEXT,
    -- The whole policy in TOML, with its evidence.
    document TEXT NOT NULL,
    -- How it came here, in words.
    origin TEXT NOT NULL,
    created_at DATETIME NOT NULL
);

-- The last row says which version is active; without a row it is the default of the program.
CREATE TABLE policy_activations (
    activation_id INTEGER PRIMARY KEY,
    version TEXT NOT NULL,
    -- `applied`, `promoted` or `rolled_back`.
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    activated_at DATETIME NOT NULL
);

CREATE TABLE policy_stages (
    stage_id INTEGER PRIMARY KEY,
    -- The version on trial, and the one it is held against.
    candidate_version TEXT NOT NULL,
    current_version TEXT NOT NULL,
    -- The share of phases that the candidate decides, 0 to 1.
    share REAL NOT NULL,
    started_at DATETIME NOT NULL,
    -- All three NULL while the stage is running. `promoted` or `reverted`, and why.
    ended_at DATETIME,
    outcome TEXT,
    reason TEXT
);

-- One stage at a time.
CREATE UNIQUE INDEX ux_policy_stages_running ON policy_stages ((ended_at IS NULL)) WHERE ended_at IS NULL;

CREATE TRIGGER policy_versions_stay BEFORE UPDATE ON policy_versions
BEGIN SELECT RAISE(ABORT, 'a version of a policy is never changed'); END;
CREATE TRIGGER policy_versions_remain BEFORE DELETE ON policy_versions
BEGIN SELECT RAISE(ABORT, 'a version of a policy is never taken away'); END;

CREATE TRIGGER policy_activations_stay BEFORE UPDATE ON policy_activations
BEGIN SELECT RAISE(ABORT, 'the history of policies is never changed'); END;
CREATE TRIGGER policy_activations_remain BEFORE DELETE ON policy_activations
BEGIN SELECT RAISE(ABORT, 'the history of policies is never taken away'); END;

-- The one change of a stage is its end.
CREATE TRIGGER policy_stages_end_once BEFORE UPDATE ON policy_stages
WHEN OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
    OR NEW.stage_id IS NOT OLD.stage_id
    OR NEW.candidate_version IS NOT OLD.candidate_version
    OR NEW.current_version IS NOT OLD.current_version
    OR NEW.share IS NOT OLD.share
    OR NEW.started_at IS NOT OLD.started_at
BEGIN SELECT RAISE(ABORT, 'a stage ends once and is not changed otherwise'); END;
CREATE TRIGGER policy_stages_remain BEFORE DELETE ON policy_stages
BEGIN SELECT RAISE(ABORT, 'the history of policies is never taken away'); END;
