"""Prints distinct lines for `autopack decide`: python3 bench/decide_lines.py 200000 > lines.ndjson"""
import json
import random
import sys

n_lines = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
random.seed(142)
CATEGORIES = ["docs", "tests", "implementation", "refactoring", "backend", "frontend", "integration"]
PATHS = ["docs/guide_{}.md", "src/part_{}.rs", "tests/test_{}.py", "web/page_{}.tsx", "config/app_{}.yaml"]
MODELS = {"anthropic": "claude-sonnet-4-5", "openai": "gpt-5", "gemini": "gemini-2.5-pro"}
for n in range(n_lines):
    provider = random.choice(list(MODELS))
    deliverables = [
        random.choice(["", "Create ", "Modify "]) + random.choice(PATHS).format(random.randrange(10**6))
        for _ in range(random.randint(1, 4))
    ]
    print(json.dumps({
        "id": n,
        "provider": provider,
        "model": MODELS[provider],
        "phase": {
            "phase_id": f"p{n}",
            "task_category": random.choice(CATEGORIES),
            "complexity": random.choice(["low", "medium", "high"]),
            "description": f"Carry out change number {n}",
            "deliverables": deliverables,
            "scope": {"paths": ["src/", "docs/"]},
        },
        "caller_max_tokens": None,
        "workspace_files": None,
        "context_files": None,
    }))
