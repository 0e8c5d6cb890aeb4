"""Invented participants: each walks the real pages over HTTP, from the code to the receipt, as a browser would."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from random import Random
from urllib.parse import urlencode, urljoin, urlsplit

from consult.demo.cast import LANGUAGES, StrandPlan
from consult.questionnaire.bands import band_of
from consult.questionnaire.form import Form
from consult.questionnaire.profile import Dimension
from consult.questionnaire.question import Kind, Question

__all__ = ["OWN_WORDS", "Visitor", "WalkError", "everybody", "walk"]

#: Invented own words; no child wrote them.
OWN_WORDS = {
    "en": ("Listen to us first. (invented)", "Make the report button easy to find. (invented)"),
    "fr": ("Nous écouter d'abord. (inventé)", "Rendre le bouton facile à trouver. (inventé)"),
    "ar": ("الاستماع إلينا أولا. (نص مبتكر)", "زر تبليغ سهل. (نص مبتكر)"),
}
_LANGUAGE_WEIGHTS = (6, 3, 3)
_SKIPS = 0.08
_RECEIPT = re.compile(r"\b\d{5}\b")
_CHECKS = {"C-SKIP": "true", "C-NAME": "false", "C-HELP": "false"}
_AT_ONCE = 4


class WalkError(Exception):
    """A page did not lead on: says which one, and with which status."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody invented: how old, in which language, with a seed for everything else."""

    code: str
    form: Form
    age: int
    language: str
    seed: int


@dataclass(slots=True)
class _Browser:
    """As much of a browser as the pages need: cookies, forms, POST → 303 → GET."""

    connection: HTTPConnection
    cookies: dict[str, str] = field(default_factory=dict)
    path: str = "/"

    def get(self, path: str) -> str:
        """Load a page, following where it leads."""
        return self._send("GET", path, b"")

    def post(self, path: str, fields: Sequence[tuple[str, str]] = ()) -> str:
        """Send a form, following where it leads."""
        return self._send("POST", path, urlencode(fields).encode())

    def _send(self, method: str, path: str, body: bytes) -> str:
        for _ in range(6):
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            if method == "POST":
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            self.connection.request(method, path, body=body or None, headers=headers)
            response = self.connection.getresponse()
            page = response.read().decode()
            self._take(response.headers.get_all("Set-Cookie") or [])
            if response.status != 303:
                if response.status != 200:
                    raise WalkError(f"{method} {path} answered {response.status}")
                self.path = urlsplit(path).path
                return page
            path, method, body = urljoin(path, response.headers["Location"]), "GET", b""
        raise WalkError(f"{path} leads round and round")

    def _take(self, set_cookies: Sequence[str]) -> None:
        for header in set_cookies:
            for name, morsel in SimpleCookie(header).items():
                if morsel.value and morsel["max-age"] != "0":
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)


def everybody(
    plans: Sequence[StrandPlan], codes: Mapping[str, str], forms: Mapping[str, Form], total: int, seed: int
) -> Iterator[tuple[str, Visitor]]:
    """Strand key and visitor for each response, shared out as the strands say, every language and age among them."""
    chance = Random(seed)  # noqa: S311 - invented people must be the same again for the same seed
    whole = sum(plan.share for plan in plans)
    for plan in plans:
        for number in range(round(total * plan.share / whole)):
            youngest, oldest = plan.ages
            age = chance.randint(youngest, min(oldest, 64))
            language = (
                chance.choices(LANGUAGES, _LANGUAGE_WEIGHTS)[0] if number >= len(LANGUAGES) else LANGUAGES[number]
            )
            yield plan.key, Visitor(codes[plan.key], forms[plan.key], age, language, chance.getrandbits(32))


def walk(host: str, port: int, visitors: Sequence[Visitor]) -> Iterator[str]:
    """Send everybody through, a few at once; gives the receipt of each, in no particular order."""
    shares = [visitors[start::_AT_ONCE] for start in range(_AT_ONCE)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for receipts in pool.map(lambda share: [_one(host, port, each) for each in share], shares):
            yield from receipts


def _one(host: str, port: int, visitor: Visitor) -> str:
    """One visit from the code to the receipt. Raises `WalkError` naming the page that did not lead on."""
    chance = Random(visitor.seed)  # noqa: S311 - as above
    browser = _Browser(HTTPConnection(host, port, timeout=60))
    browser.get(f"/k/{visitor.code}")
    browser.post("/c/language", [("language", visitor.language)])
    browser.post("/c/place")
    browser.post("/c/age", [("age", str(visitor.age))])
    for page in ("/c/about", "/c/choice", "/c/keep", "/c/help"):
        browser.post(page)
    browser.post("/c/check", list(_CHECKS.items()))
    browser.post("/c/agree", [("answer", "yes")])
    band = band_of(visitor.age)
    for number, question in enumerate(visitor.form.for_person(band), 1):
        browser.post(f"/c/q/{number}", _answer(question, visitor.language, chance))
    asked = [each for each in visitor.form.profile if each.asked_of(band)]
    for number, dimension in enumerate(asked, 1):
        browser.post(f"/c/you/{number}", _about(dimension, band, chance))
    if browser.path != "/c/look":
        raise WalkError(f"after the last question stands {browser.path}, not the page to look again")
    page = browser.post("/c/send")
    browser.connection.close()
    digits = "".join(_RECEIPT.findall(page)[:4])
    if len(digits) != 20:
        raise WalkError("the page after sending shows no receipt")
    return digits


def _answer(question: Question, language: str, chance: Random) -> list[tuple[str, str]]:
    if not question.required and chance.random() < _SKIPS:
        return [("skip", "1")]
    if question.kind is Kind.TEXT:
        return [("a", chance.choice(OWN_WORDS[language]))]
    if question.kind is Kind.NUMBER:
        return [("a", str(chance.randint(question.minimum or 0, question.maximum or 0)))]
    weights = [len(question.option_ids) - place for place in range(len(question.option_ids))]
    if question.kind is Kind.MULTI:
        most = min(question.limit or len(weights), 3)
        chosen = set(chance.choices(question.option_ids, weights, k=chance.randint(1, most)))
        return [("a", each) for each in sorted(chosen)]
    return [("a", chance.choices(question.option_ids, weights)[0])]


def _about(dimension: Dimension, band: str, chance: Random) -> list[tuple[str, str]]:
    if chance.random() < _SKIPS:
        return [("skip", "1")]
    offered = [each.id for each in dimension.offered(band)]
    weights = [9, 8, *(1 for _ in offered[2:])] if not dimension.parts else [30, *(1 for _ in offered[1:])]
    return [(name, chance.choices(offered, weights[: len(offered)])[0]) for name in dimension.fields()]
