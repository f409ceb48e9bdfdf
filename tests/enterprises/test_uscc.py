"""Vectors from GB 32100's example and from codes that were reported as real (docs: uscc)."""

import pytest

from enterprises import uscc
from enterprises.uscc import Problem


def test_a_right_code_has_no_problem():
    assert uscc.examine("91110000600037341L") == uscc.Finding("91110000600037341L")


def test_the_standards_own_example_is_right_with_3_and_wrong_with_z():
    assert uscc.examine("91350100M000100Y43").problems == ()
    wrong = uscc.examine("91350100M000100Y4Z")
    assert wrong.problems == (Problem.CHARACTER,)
    assert wrong.character == "Z"
    assert not wrong.is_usable


@pytest.mark.parametrize("code", ["91350211M0000XUF46", "91350100M0001TGQXM"])
def test_codes_reported_as_real_that_fail_only_the_last_check_are_doubtful_not_unusable(code):
    finding = uscc.examine(code)
    assert finding.problems == (Problem.CHECK,)
    assert finding.is_usable
    assert finding.is_doubtful
    assert uscc.body_check_character(code[8:16]) == code[16]


def test_both_check_characters_are_looked_at():
    # Position 16 changed by one: the organisation code and the whole both disagree.
    assert uscc.examine("91110000600037351L").problems == (Problem.BODY_CHECK, Problem.CHECK)


def test_full_width_lower_case_and_blanks_are_mended():
    assert uscc.examine(" 9111 0000-6000 3734 1l ").code == "91110000600037341L"
    assert uscc.examine("９１１１００００６０００３７３４１Ｌ").problems == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Problem.EMPTY),
        (" - ", Problem.EMPTY),
        ("9111000060003734", Problem.LENGTH),
        ("91110000600037341LL", Problem.LENGTH),
        ("9111O000600037341L", Problem.CHARACTER),
        ("统一社会信用代码十八个字符在这里呢啊", Problem.CHARACTER),
        ("9111A000600037341L", Problem.AUTHORITY),
    ],
)
def test_what_is_not_shaped_like_a_code_is_unusable(text, problem):
    finding = uscc.examine(text)
    assert finding.problems == (problem,)
    assert not finding.is_usable


def test_completing_sixteen_characters_gives_a_right_code():
    code = uscc.complete("91510100MA6C8XY0")
    assert len(code) == 18
    assert uscc.examine(code).problems == ()
