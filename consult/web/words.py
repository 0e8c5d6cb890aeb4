"""The field's words for staff, and dates as they write them: filters for templates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from consult.errors import sentence
from consult.models import Outcome, PartnerKind, StrandState
from consult.resources import catalogue
from consult.web.detailwords import DETAILS
from consult.web.groupnames import age_words, ages_words, dimension
from consult.web.languages import current_language, gettext
from consult.web.placenames import place_name
from safeguards.lifecycle import Fact
from safeguards.livesession import Phase
from safeguards.plan import Weekday
from safeguards.record import WaiverCode
from safeguards.said import Language, Place, Said, Tongue
from safeguards.terms import Audience, Decision, Level, Mode, RepresentativeClass, Role, Topic

__all__ = [
    "AUDIENCES",
    "BARRIERS",
    "DECISIONS",
    "MODES",
    "NEEDS",
    "OUTCOMES",
    "PARTNER_KINDS",
    "PHASES",
    "REPRESENTATIVES",
    "ROLES",
    "STATES",
    "WAIVERS",
    "WEEKDAYS",
    "capital",
    "commas",
    "country_name",
    "day",
    "install",
    "language_name",
    "moment",
    "told",
    "words",
]

ROLES: dict[Role, str] = {
    Role.ORGANISATION_MANAGER: sentence("Organisation manager"),
    Role.TECHNICAL_OPERATOR: sentence("Technical operator"),
    Role.DATA_PROTECTION_LEAD: sentence("Data-protection lead"),
    Role.TRANSLATION_LEAD: sentence("Translation lead"),
    Role.SAFEGUARDING_LEAD: sentence("Safeguarding lead"),
    Role.INDEPENDENT_APPROVER: sentence("Independent approver"),
    Role.LEAD_FACILITATOR: sentence("Lead facilitator"),
    Role.CO_FACILITATOR: sentence("Co-facilitator"),
    Role.MODERATOR: sentence("Moderator"),
    Role.INTERPRETER: sentence("Interpreter"),
    Role.SUPPORT_PRACTITIONER: sentence("Support practitioner"),
    Role.REDACTOR: sentence("Redactor"),
    Role.ANALYST: sentence("Analyst"),
    Role.INCLUSION: sentence("Inclusion role"),
    Role.DECISION_MAKER: sentence("Decision-maker"),
    Role.ADMINISTRATOR: sentence("Administrator"),
    Role.LEGAL_EXPERT: sentence("Legal expert (outside)"),
    Role.ETHICS_BOARD: sentence("Ethics board (outside)"),
    Role.SERVICE_SIGNATORY: sentence("Support service (outside)"),
    Role.SUPPORT_WORKER: sentence("Child's support worker (outside)"),
}
AUDIENCES: dict[Audience, str] = {
    Audience.CHILDREN: sentence("Children in general"),
    Audience.CHILD_SURVIVORS: sentence("Child survivors, through a service"),
    Audience.CHILDREN_WHO_CAUSED_HARM: sentence("Children who caused harm, in treatment"),
    Audience.ADULT_SURVIVORS: sentence("Adults who survived abuse as children"),
    Audience.REPRESENTATIVES: sentence("Representatives of children"),
}
REPRESENTATIVES: dict[RepresentativeClass, str] = {
    RepresentativeClass.YOUNG_ADULTS: sentence("Young adults, 18 to 24"),
    RepresentativeClass.ORGANISATIONS: sentence("Organisations led by survivors or young people"),
    RepresentativeClass.PROFESSIONALS: sentence("Professionals who work with children"),
    RepresentativeClass.CAREGIVERS: sentence("Parents and carers"),
    RepresentativeClass.ADULT_SURVIVORS: sentence("Adults who survived abuse as children"),
    RepresentativeClass.EVIDENCE: sentence("Published evidence"),
}
MODES: dict[Mode, str] = {
    Mode.ONLINE_INDIVIDUAL: sentence("Online, each person alone"),
    Mode.ONLINE_GROUP: sentence("Online group"),
    Mode.IN_PERSON_GROUP: sentence("Group in one room"),
    Mode.IN_PERSON_INDIVIDUAL: sentence("Conversation in person"),
    Mode.REMOTE: sentence("Conversation by phone or chat"),
}
STATES: dict[StrandState, str] = {
    StrandState.DRAFT: sentence("Being set up"),
    StrandState.GATE_PENDING: sentence("Waits for a signature"),
    StrandState.DECIDED: sentence("Signed, not open yet"),
    StrandState.OPEN: sentence("Open for answers"),
    StrandState.SUSPENDED: sentence("Paused"),
    StrandState.CLOSED: sentence("Closed"),
    StrandState.OPENED: sentence("Answers opened"),
    StrandState.RELEASED: sentence("Report released"),
    StrandState.DESTROYED: sentence("Answers destroyed"),
    StrandState.REFUSED: sentence("Refused"),
    StrandState.FALLEN_BACK: sentence("Adults stand in"),
    StrandState.STOPPED: sentence("Stopped"),
}
DECISIONS: dict[Decision, str] = {
    Decision.REFUSE: sentence("Refuse"),
    Decision.FALLBACK: sentence("Ask adults instead"),
    Decision.INCOMPLETE: sentence("Not ready"),
    Decision.GO_WITH_CONDITIONS: sentence("Open, with conditions"),
    Decision.GO: sentence("Open"),
}
LEVELS: dict[Level, str] = {
    Level.HARD: sentence("Must hold"),
    Level.EQUIVALENT: sentence("Must hold, or an accepted substitute"),
    Level.ADVISORY: sentence("Advised"),
}
TOPICS: dict[Topic, str] = {
    Topic.LIFE_ONLINE: sentence("Life online"),
    Topic.SAFETY: sentence("Safety and help"),
    Topic.HARM_IN_GENERAL: sentence("Sexual harm in general"),
    Topic.SERVICES: sentence("Own experience of services"),
}
PHASES: dict[Phase, str] = {
    Phase.WAITING: sentence("Pre-check"),
    Phase.RUNNING: sentence("Running"),
    Phase.BREAK: sentence("Break"),
    Phase.PAUSED: sentence("Paused"),
    Phase.OVER: sentence("Over: close it now"),
    Phase.CLOSING: sentence("Closing"),
    Phase.ENDED: sentence("Ended"),
}
BARRIERS: dict[str, str] = {
    "language": sentence("Language"),
    "literacy": sentence("Reading and writing"),
    "seeing": sentence("Seeing"),
    "hearing": sentence("Hearing"),
    "moving": sentence("Moving around"),
    "understanding": sentence("Understanding"),
    "communicating": sentence("Being understood"),
    "device": sentence("No device, or a shared one"),
    "data_cost": sentence("The cost of data"),
    "power_network": sentence("Power or network"),
    "private_space": sentence("No private place"),
    "time": sentence("Time: work, care, school"),
    "travel": sentence("The way there"),
    "gender_norms": sentence("What girls or boys are allowed"),
    "caregiver_permission": sentence("Permission at home"),
    "fear_of_authorities": sentence("Fear of authorities"),
    "stigma": sentence("Fear of what others think"),
    "residential_rules": sentence("Rules of a home or institution"),
    "digital_skill": sentence("Not used to devices"),
    "distrust": sentence("Distrust after earlier consultations"),
}
WAIVERS: dict[WaiverCode, str] = {
    WaiverCode.MATURE_ADOLESCENT: sentence("W1: they are 15 to 17, and the questions carry little risk"),
    WaiverCode.GUARDIAN_UNSAFE: sentence("W2: asking a guardian could put a child in danger"),
    WaiverCode.NO_GUARDIAN: sentence("W3: no guardian can be reached"),
    WaiverCode.OPT_OUT: sentence("W4: guardians are told, and can say no"),
}
NEEDS: dict[str, str] = {
    "sign_language": sentence("Sign language"),
    "captions": sentence("Captions"),
    "easy_read": sentence("Easy words"),
    "pictures": sentence("Pictures or symbols"),
    "read_aloud": sentence("Reading aloud"),
    "extra_time": sentence("More time"),
    "breaks": sentence("Breaks"),
    "support_person": sentence("A support person"),
    "quiet_room": sentence("A quiet room"),
    "same_gender_facilitator": sentence("A facilitator of the same gender"),
    "girls_only_time": sentence("Time for girls alone"),
    "transport": sentence("Transport"),
    "child_care": sentence("Child care"),
    "data_voucher": sentence("A data voucher"),
    "borrowed_device": sentence("A borrowed device"),
    "paper_or_voice": sentence("Paper or voice instead of a form"),
    "interpreter": sentence("An interpreter"),
    "something_else": sentence("Something else"),
}
PARTNER_KINDS: dict[PartnerKind, str] = {
    PartnerKind.CHILD_LED: sentence("Led by children or young people"),
    PartnerKind.SURVIVOR_LED: sentence("Led by survivors"),
    PartnerKind.OTHER: sentence("Led by others"),
}
OUTCOMES: dict[Outcome, str] = {
    Outcome.TAKEN: sentence("Taken"),
    Outcome.IN_PART: sentence("Taken in part"),
    Outcome.NOT_TAKEN: sentence("Not taken"),
}
WEEKDAYS: dict[Weekday, str] = {
    Weekday.MON: sentence("Mon"),
    Weekday.TUE: sentence("Tue"),
    Weekday.WED: sentence("Wed"),
    Weekday.THU: sentence("Thu"),
    Weekday.FRI: sentence("Fri"),
    Weekday.SAT: sentence("Sat"),
    Weekday.SUN: sentence("Sun"),
}
#: Where a participant reads a text, by how its key begins: the title of that page, as it stands there.
_PAGES: Mapping[str, str] = {
    "T-PLACE": sentence("A good place?"),
    "T-LEAVE": sentence("A good place?"),
    "T-ABOUT": sentence("What this is"),
    "T-ABOUT-YOU": sentence("About you"),
    "T-CHOICE": sentence("Your choices"),
    "T-SECRET": sentence("What we keep"),
    "T-HELP": sentence("Help for you"),
    "T-CHECK": sentence("Did we explain well?"),
    "C-": sentence("Did we explain well?"),
    "T-CHECK-stop": sentence("Thank you for coming"),
    "T-ROUTED": sentence("Thank you for coming"),
    "T-GUARDIAN": sentence("A code from your grown-up"),
    "T-ASSENT": sentence("Do you want to take part?"),
    "T-YES": sentence("Do you want to take part?"),
    "T-NO": sentence("Do you want to take part?"),
    "T-NOTE": sentence("Before you go on"),
    "T-REST": sentence("Take a break"),
    "T-LOOK-AGAIN": sentence("Look again, then send"),
    "T-DECLINED": sentence("Thank you"),
    "T-CODE": sentence("Thank you"),
    "T-NEXT": sentence("Thank you"),
    "T-THANKS": sentence("Thank you"),
    "T-STOP-erase": sentence("We need to stop now"),
    "T-CLOSED": sentence("This is closed now"),
    "T-HOURS": sentence("This is closed now"),
    "T-CONTACT": sentence("Ask somebody to contact me"),
}

_TABLES: dict[str, Mapping[StrEnum, str]] = {
    "role": ROLES,  # type: ignore[dict-item]
    "audience": AUDIENCES,  # type: ignore[dict-item]
    "representatives": REPRESENTATIVES,  # type: ignore[dict-item]
    "mode": MODES,  # type: ignore[dict-item]
    "state": STATES,  # type: ignore[dict-item]
    "decision": DECISIONS,  # type: ignore[dict-item]
    "level": LEVELS,  # type: ignore[dict-item]
    "topic": TOPICS,  # type: ignore[dict-item]
    "barrier": BARRIERS,  # type: ignore[dict-item]
    "phase": PHASES,  # type: ignore[dict-item]
    "waiver": WAIVERS,  # type: ignore[dict-item]
    "need": NEEDS,  # type: ignore[dict-item]
    "partner": PARTNER_KINDS,  # type: ignore[dict-item]
    "outcome": OUTCOMES,  # type: ignore[dict-item]
    "weekday": WEEKDAYS,  # type: ignore[dict-item]
    "detail": DETAILS,  # type: ignore[dict-item]
}

#: Codes that stand in sentences of the rules, and the table of their words.
_CODES: dict[type, str] = {
    Role: "role",
    Audience: "audience",
    RepresentativeClass: "representatives",
    Mode: "mode",
    StrandState: "state",
    Decision: "decision",
    Topic: "topic",
}


def install(app: Flask) -> None:
    """Give templates the filters below."""
    in_words = (words, page_title, initials, commas, listed, language_name, country_name, told, capital)
    for each in (*in_words, day, moment, span, age_words, ages_words, dimension):
        app.add_template_filter(_in_the_readers_language(each), each.__name__)


def _in_the_readers_language(filtered: Callable[..., str]) -> Callable[..., str]:
    """A filter that is asked each time: else Jinja asks once for a constant, and keeps the first reader's language."""

    @pass_context
    def asked(_context: Context, *given: object) -> str:
        return filtered(*given)

    return asked


def words(value: str, table: str) -> str:
    """What staff call a code: `"GO"|words("decision")`; the code itself where there is no word."""
    known = {str(key): text for key, text in _TABLES[table].items()}
    return gettext(known[str(value)]) if str(value) in known else str(value)


def page_title(key: str) -> str:
    """The page on which a participant reads a text ("What this is" of T-ABOUT); "" where it is none of one's own."""
    known = max((each for each in _PAGES if key.startswith(each)), key=len, default="")
    return gettext(_PAGES[known]) if known else ""


def day(value: date | datetime | str | None) -> str:
    """A date with its weekday: "Mon 8 June 2026" in the language of the page."""
    found = _date(value)
    return format_date(found, "EEE d MMMM y", locale=_locale()) if found else ""


def moment(value: datetime | str | None, timezone: str = "UTC") -> str:
    """A date and time in a place's own time, with the zone said when it is UTC."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = found.astimezone(ZoneInfo(timezone)) if found else None
    return commas((day(local), _time(local) + _zone(timezone))) if local else ""


def span(starts: datetime | str, ends: datetime | str, timezone: str = "UTC") -> str:
    """From when to when in a place's own time; the day once where it is the same."""
    begin, end = (datetime.fromisoformat(each) if isinstance(each, str) else each for each in (starts, ends))
    first, last = (each.astimezone(ZoneInfo(timezone)) for each in (begin, end))
    if first.date() != last.date():
        return f"{moment(begin, timezone)} – {moment(end, timezone)}"
    return commas((day(first), f"{_time(first)}–{_time(last)}{_zone(timezone)}"))


def _time(local: datetime) -> str:
    return str(format_datetime(local, "HH:mm", locale=_locale()))


def _zone(timezone: str) -> str:
    mark = "\u200f" * (current_language().direction == "rtl")  # else a name behind it changes places with it
    return f" UTC{mark}" if timezone == "UTC" else ""


def initials(name: str) -> str:
    """The first letters of the first and last name."""
    parts = name.split()
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


def commas(things: Iterable[object]) -> str:
    """Things one after the other, with the comma of the language of the page."""
    return gettext(", ").join(str(each) for each in things)


def listed(codes: Iterable[object], table: str) -> str:
    """Codes as words with commas: `roles|listed("role")`."""
    return commas(words(str(code), table) for code in codes)


def told(text: str) -> str:
    """What rules and services say and what the policy calls things, in the language of the page; "" for nothing."""
    if isinstance(text, Said):
        return text.told(_tongue())
    return gettext(text) if text else ""


def capital(text: str) -> str:
    """A clause of the rules as the beginning of a sentence, in the language of the page."""
    whole = told(text)
    return whole[:1].upper() + whole[1:]


def _tongue() -> Tongue:
    known = catalogue(current_language().code)
    return Tongue(known.gettext, known.ngettext, _value)


def _value(value: object) -> str:
    """A value in a sentence of the rules as staff write it."""
    if isinstance(value, datetime):
        return moment(value, value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else "UTC")
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Fact):
        return gettext(value)
    if isinstance(value, Language):
        return language_name(value)
    if isinstance(value, Place):
        return country_name(value)
    if type(value) not in _CODES:
        return str(value)
    name = words(str(value), _CODES[type(value)])
    return name[:1].lower() + name[1:]


def country_name(code: str) -> str:
    """The name of a place (PE, GB-SCT) in the language of the page; the code itself where no name is known."""
    return place_name(code, _locale())


def language_name(code: str) -> str:
    """A language as the reader of the page calls it."""
    try:
        return str(Locale.parse(code).get_display_name(_locale()) or code)
    except ValueError:
        return code


def _date(value: date | datetime | str | None) -> date | None:
    if isinstance(value, str):
        return date.fromisoformat(value[:10]) if value else None
    return value


def _locale() -> Locale:
    return current_language().locale
