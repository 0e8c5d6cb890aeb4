"""What the pages make a browser do, and what the program could send elsewhere itself."""

from __future__ import annotations

import re
from importlib import metadata

from consult.selfchecks.finding import Finding
from consult.selfchecks.rehearsal import Rehearsal

__all__ = ["nothing_from_elsewhere"]

_LOADS = re.compile(r'<(?:script|img|link|iframe|audio|video|source|object|embed)\b[^>]*\b(?:src|href|data)="([^"]+)"')
_NONE = ("default-src", "connect-src", "base-uri", "frame-ancestors")
#: Libraries that send what they are given to somebody else, or count visitors; the beginning of a name is enough.
_SENDERS = (
    "anthropic", "azure-ai", "azure-cognitive", "boto3", "cohere", "datadog", "ddtrace", "deepl", "google-cloud",
    "googletrans", "huggingface", "langchain", "mistralai", "mixpanel", "newrelic", "openai", "opentelemetry",
    "posthog", "rollbar", "segment", "sentry", "translators", "vertexai",
)  # fmt: skip


def nothing_from_elsewhere(stage: Rehearsal, found: Finding) -> None:
    """DAT-07: no page loads or sends anything elsewhere, and no library is there that would."""
    walk = stage.walk()
    walk.to_the_questions("en")
    walk.skip_everything()
    for path in ("/", "/help", "/privacy"):
        answer = walk.get(path)
        policy = dict(each.split(maxsplit=1) for each in _rules(answer.headers.get("Content-Security-Policy", "")))
        for name in _NONE:
            found.expect(policy.get(name) == "'none'", f"{path}: the content policy lets {name} reach out.")
        found.expect("http" not in policy.get("script-src", "http"), f"{path}: scripts from elsewhere are allowed.")
        found.expect(answer.headers.get("Referrer-Policy") == "no-referrer", f"{path}: links tell where somebody was.")
    for path, page in stage.pages.items():
        for address in _LOADS.findall(page):
            found.expect(address.startswith(("/", "data:", "#")), f"{path} loads something from elsewhere.")
    found.looked_at(f"{len(stage.pages)} pages load nothing from elsewhere; the content policy forbids it.")
    stage.pages.clear()
    there = {(each.metadata["Name"] or "").casefold() for each in metadata.distributions()}
    for name in sorted(there):
        found.expect(
            not name.startswith(_SENDERS),
            f"The library {name} is installed beside the program: it sends data elsewhere.",
        )
    found.looked_at(
        f"{len(there)} libraries: none that tracks, translates or asks an artificial intelligence elsewhere."
    )


def _rules(policy: str) -> list[str]:
    return [each.strip() for each in policy.split(";") if len(each.split()) > 1]
