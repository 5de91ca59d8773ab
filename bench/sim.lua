-- A small request in the dialect that is named behind `--`, over and over.
local prompt = "Write a page about tea."
local requests = {
  anthropic = {
    path = "/v1/messages",
    body = [[{"model":"claude-sonnet-4-5","max_tokens":4096,"messages":[{"role":"user","content":"%s"}]}]],
  },
  chat = {
    path = "/v1/chat/completions",
    body = [[{"model":"gpt-5","max_completion_tokens":4096,"messages":[{"role":"user","content":"%s"}]}]],
  },
  responses = {
    path = "/v1/responses",
    body = [[{"model":"gpt-5","max_output_tokens":4096,"input":"%s"}]],
  },
  gemini = {
    path = "/v1beta/models/gemini-2.5-pro:generateContent",
    body = [[{"generationConfig":{"maxOutputTokens":4096},"contents":[{"role":"user","parts":[{"text":"%s"}]}]}]],
  },
}

function init(args)
  local request = requests[args[1]]
  wrk.method = "POST"
  wrk.path = request.path
  wrk.body = request.body:format(prompt)
  wrk.headers["content-type"] = "application/json"
  wrk.headers["authorization"] = "Bearer key"
  wrk.headers["x-goog-api-key"] = "key"
  wrk.headers["anthropic-version"] = "2023-06-01"
end
