import re
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from system_under_test.placeholders import (
    EXACT_PLACEHOLDERS,
    ID_CHARACTERS,
    ID_PATTERN,
    PLACEHOLDER_PREFIXES,
    explain,
    is_id,
)

REAL_IDS = (
    "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "7C9E667974254 0DE944BE07FC1F90AE7".replace(" ", ""),
    "user_42",
    "a@b.example",
    "tempo",
    "test_user",  # "test" is a placeholder as a whole only
    "nonesuch",
    "10",
    "x" * ID_CHARACTERS,
)

# Words that come close to the rule from both sides.
near_ids = st.one_of(
    st.text(max_size=8),
    st.text(st.characters(min_codepoint=32, max_codepoint=127), max_size=ID_CHARACTERS + 2),
    st.builds(
        lambda word, tail, upper: (word.upper() if upper else word) + tail,
        st.sampled_from([*EXACT_PLACEHOLDERS, *PLACEHOLDER_PREFIXES]),
        st.text("_-a1Z\n ", max_size=24),
        st.booleans(),
    ),
)


def in_any_case(word: str) -> tuple[str, ...]:
    return word, word.upper(), word.title()


@pytest.mark.parametrize("value", REAL_IDS)
def test_a_real_id_is_accepted(value: str) -> None:
    assert explain(value) is None
    assert is_id(value)


@pytest.mark.parametrize("word", sorted(EXACT_PLACEHOLDERS))
def test_an_exact_placeholder_is_refused_in_any_case(word: str) -> None:
    for value in in_any_case(word):
        assert explain(value) == "this is a placeholder; pass the real id"


@pytest.mark.parametrize("prefix", PLACEHOLDER_PREFIXES)
def test_a_placeholder_prefix_is_refused_at_any_length(prefix: str) -> None:
    for tail in ("", "1", "x" * 20, "7c9e6679-7425-40de-944b-e07fc1f90ae7"):
        for value in in_any_case(prefix):
            rule = "it starts with a placeholder's prefix; pass the real id"
            assert explain(value + tail) == rule


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        b"user",
        "",
        " ",
        "\t\n",
        "a b",
        " user",
        "user\n",
        "a\x00b",
        "ü",
        "\u212aey",
        "x" * 129,
    ],
)
def test_what_is_no_id_is_refused(value: object) -> None:
    assert explain(value) is not None
    assert not is_id(value)


def agrees_with_the_rule(quick: Callable[[str], bool]) -> None:
    """Compare a quick check with `explain`, word by word, on words near the rule."""

    @settings(max_examples=300, deadline=None, database=None)
    @example("temp_" + "a" * 30)
    @example("\u212a")  # KELVIN SIGN, which lower() makes an ASCII letter
    @given(near_ids)
    def compare(value: str) -> None:
        assert quick(value) == (explain(value) is None)

    compare()


def test_the_quick_check_is_the_rule() -> None:
    agrees_with_the_rule(is_id)


def test_a_pattern_that_skips_long_words_would_be_caught() -> None:
    matches = re.compile(ID_PATTERN).fullmatch

    def with_the_hole(value: str) -> bool:
        return is_id(value) or (len(value) >= 20 and bool(matches("x" + value.lower() + "\n")))

    with pytest.raises(AssertionError):
        agrees_with_the_rule(with_the_hole)


def test_a_pattern_that_forgets_ascii_would_be_caught() -> None:
    matches = re.compile(ID_PATTERN).fullmatch
    with pytest.raises(AssertionError):
        agrees_with_the_rule(lambda value: bool(matches(value.lower() + "\n")))
