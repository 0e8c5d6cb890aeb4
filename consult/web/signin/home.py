"""Home: what waits for this person, what happened, and, for those who set parts up, each part at a glance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from operator import itemgetter

from flask import render_template, url_for
from sqlalchemy.orm import Session

from consult.database import read
from consult.errors import sentence
from consult.models import Strand
from consult.services import clock, telling
from consult.services.actors import Actor
from consult.services.desks import desk, glance
from consult.services.desks.waiting import Task, Waiting, waiting_for
from consult.services.feedback import feedback
from consult.services.help import complaints
from consult.services.help.complaints import ComplaintView
from consult.services.live import sessionviews
from consult.services.people.roster import refusals_since
from consult.services.translation.pagerecordings import may_bring
from consult.web.access import ACCESS
from consult.web.facilitate.feedback import STAGES
from consult.web.languages import LANGUAGES
from consult.web.navigation import may_reach
from consult.web.noticewords import SAYINGS, about, where_to
from consult.web.signin.blueprint import signin
from consult.web.site import site, whole_address
from consult.web.staff import actor
from consult.web.voices import page_states, silent, to_confirm
from safeguards.promises import Stage

__all__ = ["home"]

_FIRST_NOTICES = 5


@signin.get("/")
def home() -> str:
    """One page: tasks, notices, parts at a glance, promises, needs and complaints with their days."""
    who, now = actor(), site().clock()
    with read(site().engine) as db:
        return render_template(
            "staff/home.html",
            waiting=list(_to_do(db, who, now)),
            tasks=_TASKS,
            where=_where,
            refused=refusals_since(db, who),
            silent=clock.silence(db, now),
            told=telling.notices(db, who, now),
            first=_FIRST_NOTICES,
            sayings=SAYINGS,
            about=about,
            where_to=where_to,
            consultations=desk.consultations(db, who),
            **_at_work(db, now),
        )


def _to_do(db: Session, who: Actor, now: datetime) -> Iterator[Waiting]:
    """What waits, as it can be done: a recording that says other words than its page is mended, not confirmed."""
    for task in waiting_for(db, who, site().policy, now):
        counted = _COUNTED.get(task.task)
        if counted is None:
            yield task
        elif count := counted(db, who, db.get_one(Strand, task.strand_id)):
            yield replace(task, count=count)
    yield from _pages_to_do(db, who)


def _pages_to_do(db: Session, who: Actor) -> Iterator[Waiting]:
    """Recordings of what pages say themselves, in every part: to hear and confirm, or to make anew."""
    for code, state in page_states(db, who).items() if may_reach("facilitate.page_recordings") else ():
        lists = {Task.LISTEN_PAGES: state.to_hear, Task.RECORD_PAGES: state.silent if may_bring(who).ok else ()}
        for task, found in lists.items():
            if found:
                yield Waiting(task, "", LANGUAGES[code].name, "", "", request_id=code, count=len(found))


#: How many recordings a task is about: their pages say that, and without any it is none.
_COUNTED: Mapping[Task, Callable[[Session, Actor, Strand], int]] = {
    Task.LISTEN: lambda db, who, strand: len(to_confirm(db, who, strand)),
    Task.RECORD_AGAIN: lambda db, _who, strand: len(silent(db, strand)),
}


def _at_work(db: Session, now: datetime) -> dict[str, object]:
    """What only those see who set parts up or work on them."""
    who, policy = actor(), site().policy
    parts = glance.at_a_glance(db, who, policy, now) if may_reach("facilitate.safeguards") else ()
    shared = [each for each in parts if each.entry_code and may_reach("facilitate.share")]
    return {
        "urgent": [each for each in _sessions(db, now) if each.urgent],
        "parts": parts,
        "yours": any(item.next != "wait" for part in parts for item in part.stops),
        "links": {each.strand_id: whole_address("participate.scanned", each.entry_code) for each in shared},
        "needs": glance.next_needs(db, who) if may_reach("review.coverage") else (),
        "stages": STAGES,
        "promises": _promises(db, now.date()) if may_reach("facilitate.all_feedback") else (),
        "complaints": _unanswered(db, now) if may_reach("safeguard.complaints") else (),
        "today": now.date(),
    }


def _sessions(db: Session, now: datetime) -> tuple[sessionviews.UnderWay, ...]:
    return sessionviews.under_way(db, actor(), site().policy, now) if may_reach("safeguard.running") else ()


def _promises(db: Session, today: date) -> list[tuple[str, str, Stage, date, bool]]:
    """The next promise of each consultation that owes one: its id, title, what is due, the day, whether it is over."""
    found = []
    for each in feedback.owed(db, actor(), site().policy):
        due = [(promise.due, promise.stage) for promise in each.promises if promise.kept is None and promise.due]
        if due:
            day, stage = min(due, key=itemgetter(0))
            found.append((each.consultation_id, each.title, stage, day, day < today))
    return sorted(found, key=lambda row: row[3])


def _unanswered(db: Session, now: datetime) -> list[ComplaintView]:
    return [each for each in complaints.complaints(db, actor(), now) if each.answered_on is None]


#: What each task is called, on its button, and the page on which it is done.
_TASKS = {
    Task.FINISH_DRAFT: (sentence("Go on setting up"), sentence("See what is missing"), "facilitate.safeguards"),
    Task.CHECK: (sentence("Check evidence"), sentence("Check"), "facilitate.safeguards"),
    Task.SIGN: (sentence("Decide and sign"), sentence("Review"), "safeguard.review"),
    Task.OPEN: (sentence("Open what was signed"), sentence("Open"), "safeguard.run"),
    Task.RESUME: (sentence("Paused: look at it"), sentence("Look"), "safeguard.run"),
    Task.GRANT: (sentence("Grant or refuse an opening"), sentence("Look"), "review.opening"),
    Task.READ_WORDS: (sentence("Read what was granted"), sentence("Read"), "review.opening"),
    Task.TRANSLATE: (sentence("Translate and confirm"), sentence("Look"), "facilitate.languages"),
    Task.LISTEN: (sentence("Listen to recordings and confirm them"), sentence("Listen"), "facilitate.recordings"),
    Task.RECORD_AGAIN: (sentence("Recordings that are not heard any more"), sentence("Look"), "facilitate.recordings"),
    Task.LISTEN_PAGES: (
        sentence("Listen to recordings and confirm them"),
        sentence("Listen"),
        "facilitate.page_recordings",
    ),
    Task.RECORD_PAGES: (
        sentence("Recordings that are not heard any more"),
        sentence("Look"),
        "facilitate.page_recordings",
    ),
    Task.SIGN_LANGUAGE: (sentence("Languages are shut: look at them"), sentence("Look"), "safeguard.run"),
    Task.TRIAGE: (sentence("New own words wait for a reader"), sentence("Look"), "review.triage_desk"),
    Task.STOPPED: (sentence("An emergency: you have to know"), sentence("Look"), "safeguard.incident"),
    Task.END_ALLEGATION: (sentence("An allegation is open: look at it"), sentence("Look"), "safeguard.allegation"),
    Task.READ_OVER: (
        sentence("Read over what people are to be told, and publish it"),
        sentence("Read"),
        "facilitate.feedback",
    ),
    Task.DECIDE_APART: (sentence("Answers are set apart: decide"), sentence("Look"), "safeguard.apart"),
    Task.AGREE_WAIVER: (sentence("A waiver of guardian consent: decide"), sentence("Look"), "facilitate.waivers"),
    Task.ANSWER_HELP: (sentence("Somebody asks to be contacted"), sentence("Read"), "safeguard.help_request"),
    Task.ASK_TABLES: (sentence("Ask for the tables"), sentence("Look"), "review.ask"),
    Task.MAKE_TABLES: (sentence("Make the tables that were granted"), sentence("Make them"), "review.opening"),
    Task.CONFIRM: (sentence("Confirm a holder"), sentence("Confirm"), "administer.confirm"),
    Task.NEW_HALVES: (sentence("New halves are needed"), sentence("Look"), "review.key"),
    Task.HOLDER_JOINED: (sentence("Somebody joined the holders"), sentence("Look"), "review.key"),
    Task.HOLDER_LEFT: (sentence("Somebody left the holders"), sentence("Look"), "review.key"),
}


def _where(task: Waiting) -> str:
    """The address of the page on which a task is done."""
    endpoint = _TASKS[task.task][2]
    if task.task is Task.CONFIRM:
        return url_for(endpoint, person_id=task.request_id)
    if task.task in (Task.LISTEN_PAGES, Task.RECORD_PAGES):
        return url_for(endpoint, language=task.request_id)
    if task.task is Task.STOPPED:
        return url_for(endpoint, stop_id=task.request_id)
    if task.task is Task.END_ALLEGATION:
        return url_for(endpoint, allegation_id=task.request_id)
    values = {"consultation_id": task.consultation_id}
    if task.strand_id:
        values["strand_id"] = task.strand_id
    if task.request_id:
        values["request_id"] = task.request_id
    return url_for(endpoint if endpoint in ACCESS else "facilitate.safeguards", **values)  # type: ignore[arg-type]
