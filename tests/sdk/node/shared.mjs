// What the tests share: where the server is, and what is asked of it.

export const url = process.env.AUTOPACK_URL;

/** What a tool takes and a structured reply has to be, as a JSON schema. */
export const forecast = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer" } },
  required: ["city", "days"],
  additionalProperties: false,
};

/** The header that asks for a phase of the scenario. */
export const phase = (name) => ({ "x-sim-phase": name });

/** Made-up text has one word for each token. */
export const nWords = (text) => text.split(/\s+/).filter(Boolean).length;

/** All that an asynchronous iterable gives. */
export const all = async (items) => {
  const collected = [];
  for await (const item of items) collected.push(item);
  return collected;
};

/** `fetch`, and how often it was called. */
export const counted = () => {
  const counter = { n: 0 };
  counter.fetch = (...request) => {
    counter.n += 1;
    return fetch(...request);
  };
  return counter;
};
