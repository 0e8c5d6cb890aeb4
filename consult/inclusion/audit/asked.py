"""Whom a form did not ask, where a release does not say it: its readers know the form, and this audit does not."""

from collections.abc import Iterator

from consult.inclusion.audit.findings import RELEASES, Finding, Kind
from consult.inclusion.audit.reading import NOT_ASKED, Published


def unsaid(published: Published) -> Iterator[Finding]:
    """Dimensions of which nobody can tell whether their "not_asked" are some categories of another dimension.

    Releases did not always say it (`not_asked_of`). Where another release of the series does, that holds for all of
    them. Where no other dimension fits the numbers nothing is unsaid.
    """
    for name, moment in published.silent:
        if name not in published.unasked:
            deciding = next((by for by in published.categories if _may_decide(published, name, by, moment)), None)
            if deciding:
                detail = f"it does not say of whom {name!r} was not asked; some {deciding!r} would fit"
                yield Finding(Kind.UNRESOLVED, (), detail, published.releases - 1 - moment)


def _may_decide(published: Published, name: str, by: str, moment: int) -> bool:
    """Whether all numbers of one release fit that some categories of `by`, and no others, were not asked."""
    if by in (name, RELEASES) or any({by, name} <= set(question.options) for question in published.questions):
        return False

    def count(**group: str) -> int | None:
        region = published.region({{"of": by, "at": name}[key]: (label,) for key, label in group.items()})
        return published.exact.get(published.at(region, moment))

    answers = [label for label in published.categories[name] if label != NOT_ASKED]
    told, sums = True, 1  # the bits of `sums` are the numbers of people that could have been left out
    for label in published.categories[by]:
        people = count(of=label)
        asked = any(count(of=label, at=answer) for answer in answers)
        left_out = bool(count(of=label, at=NOT_ASKED))
        if asked and left_out:
            return False
        told &= people is not None
        more = sums << (people or 0)
        sums = more if left_out else sums if asked else sums | more
    total = count(at=NOT_ASKED)
    return total != 0 and (total is None or not told or bool(sums >> total & 1))
