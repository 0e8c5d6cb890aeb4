"""Writes the questions of a form as an XLSForm (https://xlsform.org/en/ref-table/) that is read back the same."""

from consult.questionnaire.content import content
from consult.questionnaire.form import Form
from consult.questionnaire.question import Kind, Question
from consult.questionnaire.xlsformrelevant import write_relevant
from consult.questionnaire.xlsformtypes import AGES, TOPIC

_TYPES = {
    Kind.ONE: "select_one",
    Kind.SCALE: "select_one",
    Kind.MULTI: "select_multiple",
    Kind.NUMBER: "integer",
    Kind.TEXT: "text",
}


def write_xlsform(form: Form, title: str) -> dict[str, list[list[str]]]:
    """The sheets of a form, headings first. Texts around the questions and what is asked about a person stay out."""
    languages = [f"{content(each).name} ({each})" for each in form.languages]
    survey = [
        [
            *("type", "name"),
            *(f"{column}::{each}" for column in ("label", "hint") for each in languages),
            *("required", "relevant", "constraint", "appearance", TOPIC, AGES),
        ]
    ]
    choices = [["list_name", "name", *(f"label::{each}" for each in languages)]]
    for question in form.questions:
        survey.append(
            [
                f"{_TYPES[question.kind]} {question.id if question.options else ''}".rstrip(),
                question.id,
                *(question.text.get(each, "") for each in form.languages),
                *(question.hint.get(each, "") for each in form.languages),
                "yes" if question.required else "",
                write_relevant(question.only_if),
                _constraint(question),
                "likert" if question.kind is Kind.SCALE else "",
                question.topic,
                " ".join(question.bands),
            ]
        )
        choices += [
            [question.id, option.id, *(option.text.get(each, "") for each in form.languages)]
            for option in question.options
        ]
    settings = [
        ["form_title", "form_id", "version", "default_language"],
        [title, "questions", form.version, languages[0]],
    ]
    return {"survey": survey, "choices": choices, "settings": settings}


def _constraint(question: Question) -> str:
    match question.kind:
        case Kind.MULTI if question.limit != len(question.options):
            return f"count-selected(.) <= {question.limit}"
        case Kind.TEXT:
            return f"string-length(.) <= {question.limit}"
        case Kind.NUMBER:
            return f". >= {question.minimum} and . <= {question.maximum}"
        case _:
            return ""
