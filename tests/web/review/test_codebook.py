"""The codebook of a release by itself: what stands beside the dimensions of the form is explained as they are."""

from __future__ import annotations

from consult.services.report.reportviews import ReleaseWords
from consult.web.review.formats.codebook import variables


def test_the_codebook_explains_the_largest_group_as_the_dimension_it_stands_beside() -> None:
    wide = {"age:largest": ["16_17", "others"], "language:largest": ["fr", "others"]}
    described = [{"name": name, "categories": codes} for name, codes in wide.items()]
    frozen = {"dimensions": described}
    age, language = variables(ReleaseWords(frozen, {"dimensions": {}, "questions": {}}, ("en",), "They chose."))
    assert [each["words"] for each in age["categories"]] == [
        {"en": "16 to 17"},
        {"en": "Everybody who is in none of the groups beside it"},
    ]
    assert age["categories"][0]["views"]["A"] == "16_17"
    assert language["categories"][0]["standard"] == "BCP 47"
