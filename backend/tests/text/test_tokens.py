import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askdocs.text import tokens
from askdocs.text.tokens import terms


def test_words_are_stemmed_lowered_and_stop_words_dropped() -> None:
    assert terms("How do I configure the Sidebars?") == ["configur", "sidebar"]


def test_contractions_say_nothing() -> None:
    assert terms("I'd say it’s FastAPI's, don't") == terms("FastAPI")


@pytest.mark.parametrize("spelling", ["showLineNumbers", "show-line-numbers", "show_line_numbers"])
def test_spellings_of_an_identifier_meet(spelling: str) -> None:
    assert terms(spelling) == ["showlinenumb", "show", "line", "number"]


def test_identifier_is_found_by_its_parts_and_as_a_whole() -> None:
    assert terms("docusaurus.config.js") == ["docusaurus.config.js", "docusaurus", "config", "js"]
    assert terms("@theme/CodeBlock") == ["theme/codeblock", "theme", "codeblock", "code", "block"]
    assert terms("HTTPException") == ["httpexcept", "http", "except"]


def test_acronyms_keep_together() -> None:
    assert terms("URLs APIs URL") == ["url", "api", "url"]


def test_joined_words_meet_separate_spellings() -> None:
    assert set(terms("websockets")) <= set(terms("WebSockets"))
    assert set(terms("email")) <= set(terms("e-mail"))


def test_option_names_match_with_and_without_dashes() -> None:
    assert terms("--no-minify") == terms("no-minify")
    assert terms("--help") == terms("`help`")
    assert "-p" in terms("pass -p 8000")


def test_error_message_matches_itself_in_a_sentence() -> None:
    message = "ReferenceError: window is not defined"
    assert set(terms(message)) <= set(terms(f"It dies with '{message}'."))


def test_stop_words_count_inside_a_whole_identifier() -> None:
    assert "notfound" in terms("NotFound")


def test_versions_are_found_whole_without_their_v_and_by_major() -> None:
    assert terms("v3.1.0") == ["v3.1.0", "3.1.0", "3"]
    assert {"3.11", "python"} <= set(terms("python3.11"))
    assert terms("422 errors") == ["422", "error"]


def test_languages_named_by_signs_survive() -> None:
    assert terms("C++, C# and F#.") == ["c++", "c#", "f#"]


def test_accents_and_compatibility_forms_fold() -> None:
    assert terms("Café Zürich ｆｕｌｌ ﬁle") == terms("Cafe Zurich full file")


def test_cjk_falls_to_bigrams_and_latin_inside_stays() -> None:
    assert terms("使用Docusaurus配置网站") == ["使用", "docusaurus", "配置", "置网", "网站"]
    assert terms("ガ") == ["ガ"]
    assert terms("한국어") == ["한국", "국어"]


def test_vowel_signs_do_not_break_words() -> None:
    assert terms("हिन्दी भाषा") == ["हिन्दी", "भाषा"]


def test_invisible_characters_do_no_harm() -> None:
    assert terms("side\u200bbar\u00ad \ufeffintro\0 side\u2060bar") == ["sidebar", "intro", "sidebar"]


@pytest.mark.parametrize(
    "pattern", ["a", "A", "a.", "ab-", "fooBar.", "Aa_", "1.2.", "-a", "'s", "中", "e\u0301", "_", "v1"]
)
def test_one_endless_line_takes_linear_time(pattern: str) -> None:
    line = pattern * (200_000 // len(pattern))
    start = time.process_time()
    terms(line)
    assert time.process_time() - start < 2  # quadratic work would take minutes


def test_long_data_yields_no_long_terms() -> None:
    found = terms("x" * 500 + " https://host/" + "y" * 90 + "/page")
    assert all(len(term) <= tokens.LONGEST_TERM for term in found)
    assert {"host", "page"} <= set(found)


@given(st.text())
def test_any_text_has_clean_terms(text: str) -> None:
    found = terms(text)
    assert all(term and not any(map(str.isspace, term)) for term in found)
    assert terms(text) == found


def test_threads_do_not_disturb_each_other() -> None:
    words = [f"{stem}{ending}" for stem in ("configur", "deploy", "render") for ending in ("ing", "ed", "s")]
    texts = [f"{word}{i}x {word}" for i in range(300) for word in words]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(terms, texts))
    assert together == [terms(text) for text in texts]


def test_estimate_is_near_a_quarter_of_english_and_counts_cjk_higher() -> None:
    assert tokens.estimate("") == 0
    assert tokens.estimate("word " * 100) == 125
    assert tokens.estimate("配置" * 50) == 75


def test_german_words_take_no_english_stem() -> None:
    assert terms("Dienste", "de") == terms("Dienst", "de")
    assert terms("Adressen", "de") == terms("Adresse", "de") != terms("Adressen")
    assert terms("wie ist die Konfiguration", "de") == terms("Konfigurationen", "de")


def test_identifiers_count_the_same_in_every_language() -> None:
    for name in ("showLineNumbers", "max_retries", "vite.config.js", "ERR_REQUIRE_ESM"):
        assert terms(name, "de") == terms(name)


def test_letters_without_a_decomposition_are_spelt_out() -> None:
    assert terms("Straße", "de") == terms("Strasse", "de")
    assert terms("København", "da") == terms("Kobenhavn", "da")


def test_particles_are_stop_words_that_may_be_meant() -> None:
    assert tokens.particles("What is `up` and is up-to-date Up, not down?") == ["up", "not"]
    assert not set(tokens.particles("up or not")) & set(terms("up or not"))
