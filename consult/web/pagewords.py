"""What pages of participants say in the program's own words: buttons, first and last pages, what is typed where.

It is what a recording of a page says, in the order of the page. The same sentences stand in the templates: a test walks
the pages and looks whether each of these is shown, and here none is said that its page does not show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from consult.errors import sentence
from consult.questionnaire.easier import in_one_line
from consult.services.participation.pagesounds import fingerprint
from consult.web.languages import LANGUAGES, as_in, gettext
from consult.web.wording import country

__all__ = [
    "AGE_LIST",
    "PAGES",
    "Spoken",
    "in_age",
    "in_language",
    "of_language",
    "said_by",
    "title_of",
]

_FLOOR = (sentence("Take a slow minute"), sentence("Feel your feet on the floor. Breathe in for 4. Breathe out for 6."))
_SAFE_TO_KEEP = (
    sentence("You do not have to keep it."),
    sentence("Does someone check your phone or your things? Then it may be safer not to keep it."),
)
_NO_ONE_SEES = sentence("No one sees your answers until you press Send at the end.")
_BREAK = sentence("Take a break")
_GO_ON, _SKIP, _ALWAYS = sentence("Go on"), sentence("Skip this question"), (sentence("Help"), sentence("Leave"))
_AWAY = (
    sentence("If you pressed Send and saw the page with thanks, we have your answers."),
    sentence("If you pressed Send and did not see that page, we do not know if we have your answers."),
    sentence("If you did not press Send, nothing was sent."),
    *(sentence("You can start again."), sentence("Start again")),
)
_AGE = (
    sentence("How old are you?"),
    sentence("In years. We keep only an age group. It helps us to show you the right questions."),
    _GO_ON,
)

#: the page of age where it asks for the place, too: one recording for each list of places
AGE_LIST = "age_list"

#: Page → the title by which staff know it, and its sentences in order. A single error is a page of its own here.
PAGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "entry": (
        sentence("Enter your code"),
        (
            *(sentence("Enter your code"), sentence("You find it on your card."), _GO_ON),
            *(sentence("Were you here before?"), sentence("Take your answers back"), *_ALWAYS),
        ),
    ),
    "wrong_code": (
        sentence("Enter your code"),
        (sentence("We do not know that code. Check it with the person who gave it to you."),),
    ),
    "language": (sentence("Which language?"), ()),
    "which_language": (
        sentence("Which language?"),
        (sentence("Which language?"), sentence("Is your language missing? Tell the person who gave you the code.")),
    ),
    "place": (sentence("A good place?"), (sentence("Yes, go on"), sentence("Come back later"), *_ALWAYS)),
    "age": (sentence("Your age"), _AGE),
    "no_country": (sentence("Your age"), (sentence("Choose the country you are in."),)),
    "no_age": (sentence("Your age"), (sentence("Write your age in years, with numbers only."),)),
    "go_on": (sentence("Go on"), (_GO_ON,)),
    "first_help": (sentence("Help for you"), (sentence("You find this on every page. Press Help."), _GO_ON)),
    "slow_minute": (sentence("Take a slow minute"), _FLOOR),
    "check": (sentence("Did we explain well?"), (sentence("Choose one for each sentence, please."),)),
    "guardian": (
        sentence("A code from your grown-up"),
        (sentence("The code that you got"), _GO_ON, sentence("Come back later")),
    ),
    "assent": (
        sentence("Do you want to take part?"),
        (sentence("Yes and no are both fine. You can stop at any time."), _NO_ONE_SEES),
    ),
    "no_choice": (sentence("Do you want to take part?"), (sentence("Choose one. You can say no."),)),
    "question": (sentence("Questions"), (_GO_ON, _SKIP, _NO_ONE_SEES, _BREAK)),
    "question_needed": (sentence("Questions"), (_GO_ON, _NO_ONE_SEES, _BREAK)),
    "note": (sentence("Before you go on"), (_GO_ON, sentence("Skip these questions"), _BREAK)),
    "rest": (sentence("Take a break"), (*_FLOOR, _GO_ON, sentence("I want to talk to someone"))),
    "about_you": (sentence("About you"), (_GO_ON, _SKIP, sentence("Skip all of these"), _BREAK)),
    "about_you_last": (sentence("About you"), (_GO_ON, _SKIP, _BREAK)),
    "look": (
        sentence("Look again, then send"),
        (sentence("Change"), sentence("Delete"), sentence("Send"), sentence("Leave without sending")),
    ),
    "look_skipped": (
        sentence("Look again, then send"),
        (sentence("You skipped this"), sentence("Answer"), sentence("Send"), sentence("Leave without sending")),
    ),
    "sent": (sentence("Thank you"), (sentence("Thank you. Your answers are sent."),)),
    "keeping": (
        sentence("Thank you"),
        (
            *_SAFE_TO_KEEP,
            sentence(
                "We show it only once. We can not find it for you. "
                "It can not reach a report that is already out, or words that we copied for one."
            ),
        ),
    ),
    "finished": (
        sentence("Thank you"),
        (
            *(sentence("How are you now?"), sentence("I want to talk to someone"), sentence("I am finished")),
            sentence(
                "The phone or computer may still show that a page was open here. "
                "If that is a problem, delete it from the history."
            ),
        ),
    ),
    "ask": (sentence("Thank you"), (sentence("Ask somebody to contact me"),)),
    "next_person": (sentence("Thank you"), (sentence("Next person"),)),
    "back": (
        sentence("Take your answers back"),
        (
            *(
                sentence("Take your answers back"),
                sentence("Your answers will be deleted. You do not need to say why."),
            ),
            sentence("The 20 digits of your code"),
            sentence("You saw it when you had sent your answers. With spaces or without, both are fine."),
            *(sentence("Take them back"), sentence("Keep them and leave")),
        ),
    ),
    "not_digits": (
        sentence("Take your answers back"),
        (sentence("Your code has digits only. Please look at it again."),),
    ),
    "not_twenty": (
        sentence("Take your answers back"),
        (sentence("Your code has 20 digits. Some are missing, or there are too many. Please look again."),),
    ),
    "wrong_digit": (
        sentence("Take your answers back"),
        (sentence("One of the digits is not right. Please compare them with your code. Nothing was changed."),),
    ),
    "taken_back": (
        sentence("Take your answers back"),
        (
            sentence("If there were answers with this code, they are gone now."),
            sentence(
                "Our safety copies are gone 7 days later. "
                "What a report says, or words that we copied for one, can not be taken back."
            ),
        ),
    ),
    "other_age": (
        sentence("Thank you for coming"),
        (
            *(sentence("There are other questions for people of your age."), sentence("Look at those")),
            sentence("I am finished"),
        ),
    ),
    "closed": (
        sentence("This is closed now"),
        (sentence("Were you here before?"), sentence("Take your answers back"), sentence("What changed")),
    ),
    "away": (sentence("This is closed now"), (sentence("You were away for a while."), *_AWAY)),
    "away_unknown": (sentence("This is closed now"), _AWAY),
    "resting": (
        sentence("We stop for a moment"),
        (
            *(sentence("We stop for a moment"), sentence("You did nothing wrong.")),
            sentence("Wait here, or talk to the person who is with you."),
            sentence("What you answered stays in this browser. Nothing is sent."),
            *(*_FLOOR, _GO_ON),
        ),
    ),
    "wait": (
        sentence("Please wait a little"),
        (
            sentence("Many people are here at the same time. Please wait ten minutes, then try again."),
            sentence("You did nothing wrong."),
        ),
    ),
    "help": (
        sentence("Help and a break"),
        (
            sentence("Are you worried about a picture online?"),
            sentence(
                "It is not your fault. There is free help to get it taken down. The people above can do this with you."
            ),
            sentence("Leave now"),
        ),
    ),
    "privacy": (
        sentence("What happens to my answers"),
        (
            sentence("We do not ask for your name, and we do not keep the address of your phone or computer."),
            sentence("Until you press Send, your answers are only in this browser. We can not see them."),
            sentence("If you leave, they are gone."),
            sentence(
                "When you send them, they are locked. Two people in two different jobs must come together to open them."
            ),
            sentence("A small team reads what people wrote. They take names out."),
            sentence("We never show numbers for small groups."),
            sentence("What we can not promise"),
            sentence("Nobody is watching while you write. We can not send help from here."),
            sentence("If you write a name and a child may be hurt, we must tell someone."),
            sentence("The network and the owner of the phone can see that this address was open."),
        ),
    ),
    "accessibility": (
        sentence("Make this easier to use"),
        (
            sentence("You can make the text bigger in your browser. Nothing gets cut off."),
            sentence("The pages follow the light or dark setting of your phone or computer."),
            sentence("You can use a keyboard, a screen reader or a switch. Nothing needs a mouse."),
            sentence("There is no clock. Take as many breaks as you like, up to about two hours in all."),
            sentence("You can do this on paper or with a person instead. Ask the person who gave you the code."),
        ),
    ),
    "complaint": (
        sentence("Something is wrong"),
        (
            sentence("You can tell us when something is not right: a question, a person, or these pages."),
            sentence("No one will be cross with you. You do not need to say who you are."),
            sentence("Or tell one of the people under Help. They can complain for you."),
        ),
    ),
    "complaint_form": (
        sentence("Something is wrong"),
        (
            sentence("Nobody reads it right away. If you need help now, press Help."),
            sentence("If a child may be hurt, they must tell someone whose job is to keep children safe."),
            *(sentence("What is wrong?"), sentence("Send"), sentence("Leave without sending")),
            *(sentence("Did you tell us before?"), sentence("The code that you got"), sentence("Read the answer")),
        ),
    ),
    "nothing_written": (sentence("Something is wrong"), (sentence("Please write what is wrong."),)),
    "too_long": (
        sentence("Something is wrong"),
        (sentence("That is a bit too long. Please make it shorter."),),
    ),
    "not_taken": (
        sentence("Something is wrong"),
        (sentence("We can not take it here right now. Nothing was sent."),),
    ),
    "unknown_complaint": (
        sentence("Something is wrong"),
        (sentence("We do not know that code. Please look at it again."),),
    ),
    "complained": (
        sentence("Something is wrong"),
        (
            sentence("Nobody else can read the answer. We show the code only once, and can not find it for you."),
            *_SAFE_TO_KEEP,
        ),
    ),
    "not_answered": (sentence("Our answer"), (sentence("Our answer"), sentence("There is no answer yet."))),
    "news": (sentence("What changed"), (sentence("If they say no to an idea, we will tell you the reason."),)),
    "no_news": (
        sentence("What changed"),
        (sentence("What changed"), sentence("There is nothing to read here yet.")),
    ),
    "which_news": (sentence("What changed"), (sentence("Look again with the address that you were given."),)),
    "not_here": (
        sentence("This page is not here"),
        (sentence("This page is not here"), sentence("Check the address, or go back and try again.")),
    ),
    "unusable": (
        sentence("That did not work"),
        (
            sentence("That did not work"),
            sentence("The page could not use what was sent. Go back and try again."),
        ),
    ),
    "broke": (
        sentence("Something broke on our side"),
        (
            sentence("Something broke on our side"),
            sentence("It is not your fault. If you pressed Send, it may have been sent. Please try again later."),
        ),
    ),
    "not_sent": (
        sentence("Something broke on our side"),
        (
            sentence("Something broke on our side"),
            sentence("It is not your fault. Nothing was sent just now. Please try again later."),
        ),
    ),
    "busy": (
        sentence("Please wait a little"),
        (
            sentence("Please wait a little"),
            sentence("Many people are here at the same time. Please wait ten minutes, then try again."),
        ),
    ),
    "after_a_fault": (
        sentence("That did not work"),
        (
            *(sentence("Enter your code"), sentence("Help"), sentence("Are you sad, scared or worried?")),
            sentence("In danger right now? Call the emergency number of your country."),
            sentence("You can also tell a grown-up you trust."),
            *(sentence("If someone hurt you, it is not your fault."), sentence("Leave now")),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """What one page says now in one language, as it is read out."""

    page: str
    lines: tuple[str, ...]

    @property
    def words(self) -> str:
        """The same in one line."""
        return in_one_line(" ".join(self.lines))

    @property
    def says(self) -> str:
        """By what its recording is found."""
        return fingerprint(self.words)


def title_of(page: str) -> str:
    """The title of a page in the reader's language; the name that a page had that is no more."""
    known = PAGES.get("news" if " " in page else "age" if page == AGE_LIST else page)
    return gettext(known[0]) if known else page


def said_by(page: str) -> Spoken:
    """What a page says in the language of this request. Raises KeyError for a page that says nothing of its own."""
    return Spoken(page, tuple(gettext(each) for each in PAGES[page][1]))


def in_age(places: Iterable[str]) -> Spoken:
    """What the page of age says where it asks for one of these places, too."""
    codes = tuple(places)
    asked = said_by("age").lines
    if len(codes) < 2:
        return Spoken("age", asked)
    return Spoken(AGE_LIST, (gettext("Which country are you in?"), *map(country, codes), *asked))


def in_language(code: str) -> Spoken:
    """What stands on the button of a language where one is chosen: its own name."""
    return Spoken("language", (LANGUAGES[code].name,))


def of_language(code: str, lists: Iterable[tuple[str, ...]]) -> dict[str, Spoken]:
    """Everything that pages say in a language by its fingerprint. `lists`: the places that parts ask for."""
    made: list[Callable[[], Spoken]] = [lambda page=page: said_by(page) for page in PAGES if page != "language"]  # type: ignore[misc]
    with as_in(code):
        found = [make() for make in made]
        found += [in_age(places) for places in sorted(set(lists)) if len(places) > 1]
    found.insert(2, in_language(code))
    return {each.says: each for each in found}
