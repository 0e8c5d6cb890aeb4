"""The participants' face: no account, no session of ours, no import of anything that can open an answer.

All addresses stand in the table below. They never tell the topic, and neither do titles, icon or file names.
"""

from __future__ import annotations

from flask import Blueprint

from consult.web.participate import (
    about_you,
    always,
    asking,
    assenting,
    complaining,
    contacting,
    entering,
    guardian,
    inside,
    pausing,
    preparing,
    sending,
    sounding,
    telling,
)

__all__ = ["participate"]

participate = Blueprint("participate", __name__)

_READ = ("GET",)
_STEP = ("GET", "POST")
_ACT = ("POST",)

for _address, _name, _view, _methods in (
    ("/", "entry", entering.entry, _STEP),
    ("/k/<code>", "scanned", entering.scanned, _READ),
    ("/c/language", "language", entering.language, _STEP),
    ("/c/place", "place", preparing.place, _STEP),
    ("/c/age", "age", preparing.age, _STEP),
    ("/c/about", "about", preparing.about, _STEP),
    ("/c/choice", "choice", preparing.choice, _STEP),
    ("/c/keep", "secret", preparing.secret, _STEP),
    ("/c/help", "first_help", preparing.first_help, _STEP),
    ("/c/check", "check", preparing.check, _STEP),
    ("/c/grown-up", "guardian", guardian.guardian, _STEP),
    ("/c/agree", "assent", assenting.assent, _STEP),
    ("/c/q/<int:n>", "question", asking.question, _STEP),
    ("/c/you/<int:n>", "about_you", about_you.about_you, _STEP),
    ("/c/note/<int:n>", "note", pausing.note, _STEP),
    ("/c/rest/<int:n>", "rest", pausing.rest, _STEP),
    ("/c/sound/<digest>", "sound", sounding.sound, _READ),
    ("/sound/<digest>", "sound_of_page", sounding.sound_of_page, _READ),
    ("/sound/<code>/<language>/<where>", "sound_of_part", sounding.sound_of_part, _READ),
    ("/c/look", "look", sending.look, _STEP),
    ("/c/send", "send", sending.send, _ACT),
    ("/c/receipt", "receipt", sending.receipt, _READ),
    ("/help", "help_page", always.help_page, _READ),
    ("/contact/<code>", "contact", contacting.contact, _STEP),
    ("/leave", "leave", always.leave, _STEP),
    ("/back", "take_answers_back", always.take_answers_back, _STEP),
    ("/news", "all_news", telling.news, _READ),
    ("/news/<code>", "news", telling.news, _READ),
    ("/promises", "promises", always.promises, _READ),
    ("/privacy", "privacy", always.privacy, _READ),
    ("/accessibility", "accessibility", always.accessibility, _READ),
    ("/complaint", "complaint", complaining.complaint, _STEP),
):
    participate.add_url_rule(_address, _name, _view, methods=list(_methods))

participate.before_app_request(inside.choose_language)
