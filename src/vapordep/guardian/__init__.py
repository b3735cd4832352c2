"""The guardian: parent of engine and web, who makes the reactor safe when the engine dies, hangs, or ABORT is called.

Standard library only, and its own files: nothing of vapordep can take it down. The engine tells it, a JSON object a
line: `{"beat": n, "states": {...}}` with the count of interlock evaluations; `{"arm": id, "tape": {...}}`, answered by
`guarded` or `refused`; `{"safe": true}` when it is disarmed and every output was read back at its safe value. It is
told `{"order": "stop" | "abort", "why": ...}` and, as a sign of life, `{"alive": n, "trouble": ...}`, with what a
person must hear of. The page's process is told `{"trouble": ...}` as often, and sends notices, and
`{"ended": status}` at an end that leaves all safe.
"""
