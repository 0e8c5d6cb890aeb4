"""The types of rows in an XLSForm, why some are not asked here, and the two columns that are this program's own."""

from collections.abc import Mapping
from types import MappingProxyType

from safeguards.said import Said, said

#: What a question is about (T0 to T3), and the storage age bands it is asked of, where it is not everybody. Other
#: programs pass columns over that they do not know.
TOPIC, AGES = "consult_topic", "consult_ages"

REPEATS = frozenset({"begin_repeat"})
GROUPS = REPEATS | {"begin_group"}
END_OF_GROUP = frozenset({"end_group", "end_repeat"})

_TRACES = said("This program stores no time, place, device or name with an answer.")
_FILES = said("Pictures, recordings and files are not taken: they can show who somebody is.")
_NOTHING = said("Nothing is asked here. Texts around the questions have a page of their own.")
_OTHERWISE = said("Answers of this kind are not taken. Ask with choices, a whole number or own words.")
_REASONS: tuple[tuple[Said, tuple[str, ...]], ...] = (
    (_TRACES, ("start", "end", "today", "deviceid", "phonenumber", "username", "email", "simserial", "subscriberid")),
    (_TRACES, ("audit", "start-geopoint", "geopoint", "geotrace", "geoshape", "background-geopoint")),
    (_FILES, ("image", "photo", "audio", "video", "file", "barcode", "background-audio")),
    (_NOTHING, ("note", "calculate", "hidden", "acknowledge", "trigger", "xml-external", "csv-external", "entity")),
    (_OTHERWISE, ("decimal", "date", "time", "datetime", "rank", "select_one_external")),
    (_OTHERWISE, ("select_one_from_file", "select_multiple_from_file")),
)
#: A type that is never asked, and the sentence that says why and what to do.
WHY_NOT: Mapping[str, Said] = MappingProxyType({each: why for why, types in _REASONS for each in types})

_ASKED = frozenset({"select_one", "select_multiple", "integer", "range", "text"})
_ALSO = MappingProxyType({"int": "integer", "string": "text", "select1": "select_one", "select": "select_multiple"})
_OF_TWO_WORDS = ("select one", "select multiple", "begin group", "end group", "begin repeat", "end repeat")


def type_of(written: str) -> tuple[str, str]:
    """The type of a row and the list of its choices: `select_one yes_no` → ("select_one", "yes_no").

    A type that nobody knows is answered as one of those that are not taken; an empty cell with two empty texts.
    """
    lower = " ".join(written.lower().split())
    for pair in _OF_TWO_WORDS:
        if lower.startswith(pair):
            written = written.strip().replace(" ", "_", 1)
    kind, _, rest = " ".join(written.split()).partition(" ")
    kind = _ALSO.get(kind.lower(), kind.lower())
    known = kind in _ASKED or kind in WHY_NOT or kind in GROUPS or kind in END_OF_GROUP
    return (kind if known or not kind else "rank"), rest.partition(" ")[0]
