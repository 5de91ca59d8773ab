-- What was learned call by call: one row for a learner, written anew as it goes on.
CREATE TABLE learner_states (
    -- Whose it is, such as a route.
    name TEXT NOT NULL PRIMARY KEY,
    -- The learner in its own form, with a version and a checksum inside.
    state BLOB NOT NULL,
    saved_at DATETIME NOT NULL
);
