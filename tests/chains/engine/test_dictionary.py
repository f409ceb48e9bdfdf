from pathlib import Path

import pytest

from chains.engine import KINDS, Concept, Contradiction, Dictionary, DictionaryError, LexiconWord, analyse, explain
from chains.engine.explaining import _SENTENCES as SENTENCES
from chains.engine.types import Reason
from tests.chains.engine.worlds import DICTIONARY


def test_the_core_is_large_and_spans_the_trades() -> None:
    assert len(DICTIONARY.concepts) >= 400
    assert DICTIONARY.alias_count >= 1_200
    assert {concept.kind for concept in DICTIONARY.concepts.values()} <= set(KINDS)
    for alias, concept in {
        "LFP": "磷酸铁锂",
        "PTFE": "聚四氟乙烯",
        "多层片式陶瓷电容器": "MLCC",
        "PTA": "精对苯二甲酸",
    }.items():
        found = analyse(alias, dictionary=DICTIONARY).products[0]
        assert found.head_concept == concept
        assert found.mentions[0].confidence == 1


def test_the_version_follows_the_content() -> None:
    concepts = [Concept("轴承", "part")]
    first = Dictionary.build(concepts=concepts, words=[])
    again = Dictionary.build(concepts=list(concepts), words=[])
    more = Dictionary.build(concepts=[Concept("轴承", "part", aliases=("bearing",))], words=[])
    assert first.version == again.version != more.version


def test_is_a_is_followed_over_steps_and_ways() -> None:
    assert DICTIONARY.ancestors("圆锥滚子轴承")["轴承"] == 1
    assert "螺纹钢" in DICTIONARY.descendants("钢")
    assert DICTIONARY.english("轴承") == "bearing"


@pytest.mark.parametrize(
    ("concepts", "words", "contradictions"),
    [
        ([Concept("甲", "part"), Concept("甲", "part")], [], []),
        ([Concept("甲", "nonsense")], [], []),
        ([Concept("甲", "part", parents=("乙",))], [], []),
        ([Concept("甲", "part", parents=("乙",)), Concept("乙", "part", parents=("甲",))], [], []),
        ([Concept("甲", "part", aliases=("丙",)), Concept("乙", "part", aliases=("丙",))], [], []),
        ([Concept("甲", "part", near=("乙",))], [], []),
        ([Concept("甲", "part")], [LexiconWord("甲", "noise")], []),
        ([], [LexiconWord("甲", "nonsense")], []),
        ([], [], [Contradiction("组", 500, (("甲",), ("乙",)))]),
    ],
)
def test_a_dictionary_that_contradicts_itself_is_refused(
    concepts: list[Concept], words: list[LexiconWord], contradictions: list[Contradiction]
) -> None:
    with pytest.raises(DictionaryError):
        Dictionary.build(concepts=concepts, words=words, contradictions=contradictions)


def test_the_tables_hold_no_stray_spaces_or_empty_forms() -> None:
    folder = Path(__import__("chains.engine.dictionary", fromlist=["DATA"]).DATA)
    for path in folder.glob("*.csv"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert line == line.strip(), f"{path.name}: {line[:40]}"
            assert "||" not in line, f"{path.name}: {line[:40]}"


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    args = dict.fromkeys(
        [
            "wanted",
            "offered",
            "wanted_en",
            "offered_en",
            "words",
            "words_en",
            "name",
            "percent",
            "days",
            "held",
            "missing",
            "region",
            "group",
        ],
        "x",
    )
    for code in SENTENCES:
        reason = Reason(code, "fits", "product", 1.5, args)
        (chinese,) = explain([reason], "zh-hans")
        (english,) = explain([reason.to_dict()], "en-gb")
        assert chinese.endswith("（+1.5 分）")
        assert english.endswith("(+1.5)")
        assert english.isascii() or "“" in english
