"""Configuration: layers, refusals in one line, and masked secrets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from askdocs.config import effective, layers, load, mask_url
from askdocs.errors import ConfigError

COMPLETE = {
    "SECRET_KEY": "s3cret" * 6,
    "DATABASE_URL": "postgresql://ask:hunter2@db/ask",
    "QDRANT_URL": "https://qdrant.example:6333",
    "GEMINI_API_KEY": "AIza-not-real",
}


def refusal(environment: str | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        load(environment)
    message = str(caught.value)
    assert "\n" not in message
    return message


# layers


@pytest.mark.parametrize(
    ("environment", "requests", "length"),
    [("development", 1000, 10_000_000), ("staging", 100, 10_000_000), ("production", 60, 5_000_000)],
)
def test_environments_have_the_values_that_operators_know(
    environment: str, requests: int, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    settings = load(environment)
    assert (settings.rate_limit_requests, settings.max_content_length) == (requests, length)


def test_each_layer_is_stronger_than_the_one_before(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = folder / "key"
    secret.write_text("from file\n")
    (folder / "default.yaml").write_text(
        "answers: {passages: 1, history_turns: 1}\ngemini_api_key: default\n"
    )
    assert load().answers.passages == 1
    (folder / "development.yaml").write_text("answers: {passages: 2}\n")
    assert (load().answers.passages, load().answers.history_turns) == (2, 1)
    monkeypatch.setenv("ASKDOCS_ANSWERS__PASSAGES", "3")
    monkeypatch.setenv("GEMINI_API_KEY", "from variable")
    assert load().answers.passages == 3
    monkeypatch.setenv("GEMINI_API_KEY_FILE", str(secret))
    key = load().gemini_api_key
    assert key is not None
    assert key.get_secret_value() == "from file"
    assert load(answers={"passages": 4}).answers.passages == 4
    assert load(answers={"passages": 4}).answers.history_turns == 1


def test_environment_comes_from_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKDOCS_ENV", "test")
    assert load().environment == "test"
    assert load("development").environment == "development"


def test_empty_variable_counts_as_unset(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "")
    assert load().redis_url is None


def test_platform_port_is_honoured(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8123")
    assert load().server.port == 8123


def test_lists_in_variables_are_json(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "ASKDOCS_SITES", '[{"name": "docs", "key": "pk_docs", "origins": ["https://a.example"]}]'
    )
    assert load().sites[0].origins == ("https://a.example",)
    monkeypatch.setenv("ASKDOCS_SITES", "docs")
    assert refusal().startswith("ASKDOCS_SITES: not JSON")


def test_relative_paths_start_beside_the_config_folder(folder: Path) -> None:
    (folder / "default.yaml").write_text(
        "home: state\nserver: {site_dir: site}\naccounts: {former_key_files: [a, /b]}\n"
    )
    settings = load()
    assert settings.home == folder.parent / "state"
    assert settings.server.site_dir == folder.parent / "site"
    assert settings.accounts.former_key_files == (folder.parent / "a", Path("/b"))


def test_relative_path_in_a_variable_starts_at_the_working_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASKDOCS_HOME", "elsewhere")
    assert load().home == Path.cwd() / "elsewhere"


def test_folder_holds_only_what_differs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    (folder / "production.yaml").write_text("answers: {passages: 3}\n")
    settings = load("production")
    assert (settings.answers.passages, settings.rate_limit_requests) == (3, 60)


def test_section_without_keys_is_allowed(folder: Path) -> None:
    (folder / "development.yaml").write_text("answers:\n  # passages: 3\n")
    assert load().answers.passages == 12


# refusals


def test_unknown_key_names_place_and_nearest_key(folder: Path) -> None:
    (folder / "development.yaml").write_text("debug: true\nanswers:\n  falback_after: 3\n")
    assert refusal() == (
        "config/development.yaml:3: unknown key 'answers.falback_after'; "
        "the nearest is 'answers.fallback_after'"
    )


def test_unknown_key_of_a_site_names_the_nearest_one(folder: Path) -> None:
    (folder / "development.yaml").write_text("sites:\n  - name: a\n    key: pk_a\n    orgins: []\n")
    assert refusal() == (
        "config/development.yaml:4: unknown key 'sites.0.orgins'; the nearest is 'sites.0.origins'"
    )


def test_key_of_a_section_at_the_top_names_its_section(folder: Path) -> None:
    (folder / "development.yaml").write_text("fallback_after: 3\n")
    assert refusal().endswith("the nearest is 'answers.fallback_after'")


@pytest.mark.parametrize(
    ("yaml_text", "place", "key"),
    [
        ("rate_limit_requests: many\n", "config/development.yaml:1", "rate_limit_requests"),
        ("server:\n  port: 70000\n", "config/development.yaml:2", "server.port"),
        ("max_content_length: 10 apples\n", "config/development.yaml:1", "max_content_length"),
        ("vectors: {engine: postgres}\n", "config/development.yaml:1", "vectors.engine"),
        ("answers: 3\n", "config/development.yaml:1", "answers"),
        ("server:\n  port: true\n", "config/development.yaml:1", "server"),
        ("debug: perhaps\n", "config/development.yaml:1", "debug"),
        ("qdrant_url: qdrant.example\n", "config/development.yaml:1", "qdrant_url"),
        ("database_url: mysql://db/ask\n", "config/development.yaml:1", "database_url"),
        ("sites:\n  - name: a\n", "config/development.yaml:2", "sites.0.key"),
    ],
)
def test_ill_typed_value_names_place_and_key(folder: Path, yaml_text: str, place: str, key: str) -> None:
    (folder / "development.yaml").write_text(yaml_text)
    assert refusal().startswith(f"{place}: {key}: ")


def test_ill_typed_variable_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKDOCS_ANSWERS__FALLBACK_AFTER", "soon")
    assert refusal().startswith("ASKDOCS_ANSWERS__FALLBACK_AFTER: answers.fallback_after: ")


def test_unknown_variable_names_the_nearest_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKDOCS_ANSWERS__PASAGES", "3")
    assert refusal() == "ASKDOCS_ANSWERS__PASAGES: no such variable; the nearest is ASKDOCS_ANSWERS__PASSAGES"


def test_unknown_environment_names_the_nearest_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKDOCS_ENV", "prod")
    assert refusal() == "ASKDOCS_ENV: unknown environment 'prod'; the nearest is 'production'"


def test_broken_yaml_names_its_line(folder: Path) -> None:
    (folder / "default.yaml").write_text("debug: true\nanswers: [1, 2\n")
    assert re.match(r"config/default\.yaml:\d+: broken YAML: ", refusal())


def test_key_that_stands_twice_is_refused(folder: Path) -> None:
    (folder / "default.yaml").write_text("answers:\n  passages: 1\n  passages: 2\n")
    assert refusal() == "config/default.yaml:3: 'answers.passages' stands in line 2 already"


def test_yaml_that_is_a_list_is_refused(folder: Path) -> None:
    (folder / "default.yaml").write_text("- debug\n")
    assert refusal() == "config/default.yaml:1: settings are written as 'key: value'"


def test_file_that_is_not_utf8_is_refused(folder: Path) -> None:
    (folder / "default.yaml").write_bytes(b"debug: \xff\xfe\n")
    assert refusal() == "config/default.yaml: cannot be read: it is not UTF-8"


def test_environment_in_yaml_is_refused(folder: Path) -> None:
    (folder / "default.yaml").write_text("environment: production\n")
    assert "ASKDOCS_ENV" in refusal()


def test_missing_config_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKDOCS_CONFIG_DIR", str(tmp_path / "nowhere"))
    assert str(tmp_path / "nowhere") in refusal()


def test_file_that_no_environment_has_is_refused(folder: Path) -> None:
    (folder / "prodution.yaml").touch()
    assert refusal() == f"{folder / 'prodution.yaml'}: no file of settings; the nearest is production.yaml"


@pytest.mark.parametrize("mark", ["askdocs.yaml", ".askdocs/askdocs.db"])
def test_state_of_an_installed_package_lies_beside_what_marks_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    monkeypatch.setattr(layers, "checkout", lambda: None)
    (tmp_path / mark).parent.mkdir(exist_ok=True)
    (tmp_path / mark).touch()
    (tmp_path / "docs" / "guides").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "docs" / "guides")

    assert load().home == tmp_path / ".askdocs"


def test_installed_package_reads_no_folder_that_is_not_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other programs have a config/ as well."""
    monkeypatch.setattr(layers, "checkout", lambda: None)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "development.yaml").write_text("somebody: else's\n")
    monkeypatch.chdir(tmp_path)

    settings = load()

    assert (settings.home, settings.sites) == (tmp_path / ".askdocs", ())


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_all_missing_requirements_are_named(environment: str) -> None:
    assert refusal(environment) == (
        f"{environment} needs SECRET_KEY, DATABASE_URL, QDRANT_URL, GEMINI_API_KEY"
    )


def test_only_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("QDRANT_URL")
    assert refusal("production") == "production needs QDRANT_URL"


def test_on_vertex_ai_there_is_no_key_to_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GEMINI_API_KEY")
    monkeypatch.setenv("ASKDOCS_GEMINI__PLATFORM", "vertex")

    settings = load("production", answers={"provider": "gemini"})

    assert (settings.embedding_provider, settings.answer_provider) == ("gemini", "gemini")


def test_home_folder_stands_in_for_the_services_of_an_embedded_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASKDOCS_VECTORS__ENGINE", "embedded")
    assert refusal("production") == "production needs GEMINI_API_KEY"


def test_local_embeddings_need_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASKDOCS_VECTORS__ENGINE", "embedded")
    monkeypatch.setenv("ASKDOCS_EMBEDDINGS__PROVIDER", "local")

    assert load("production").answer_provider == "extractive"


def test_budget_that_does_not_hold_the_longest_question_is_refused(folder: Path) -> None:
    (folder / "default.yaml").write_text("answers:\n  prompt_tokens: 2000\n  max_question_chars: 4000\n")

    said = refusal()

    assert said.startswith("config/default.yaml:1: answers: prompt_tokens is 2000")
    assert "4000" in said


def test_engine_without_its_address_is_refused(folder: Path) -> None:
    (folder / "default.yaml").write_text("vectors: {engine: server}\n")
    assert refusal() == "vectors.engine is 'server', which needs QDRANT_URL"


# secrets


def test_one_trailing_newline_of_a_secret_file_goes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "key").write_text(f"{'two' * 11}\n\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(folder / "key"))
    key = load().secret_key
    assert key is not None
    assert key.get_secret_value() == f"{'two' * 11}\n"


def test_secret_key_that_might_be_guessed_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "correct horse battery staple")
    said = refusal()
    assert said.startswith("SECRET_KEY: secret_key: has less than 32 characters")
    assert "`openssl rand -hex 32` makes one" in said
    assert "horse" not in said


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_useless_secret_file_stops_the_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    path = folder / "key"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("GEMINI_API_KEY_FILE", str(path))
    assert refusal().startswith("GEMINI_API_KEY_FILE: ")


def test_secrets_show_nowhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("QDRANT_URL", "https://user:hunter2@qdrant.example")
    settings = load()
    everything = repr(settings) + str(settings) + repr(effective(settings))
    assert not re.search("s3cret|hunter2|AIza", everything)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://ask:hush[hush@db.example/docs"),
        ("DATABASE_URL", "postgresql://ask:hush/hush@db.example/docs"),
        ("REDIS_URL", "redis://:hush@cache.example:port/0"),
        ("QDRANT_API_KEY", "hush\nX: y"),
        ("GEMINI_API_KEY", "hush\N{EURO SIGN}"),
    ],
)
def test_secret_that_nothing_could_use_is_refused_and_not_repeated(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(ConfigError, match=f"^{name}: ") as refused:
        load()

    assert "hush" not in str(refused.value)


def test_blanks_around_a_key_go(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDRANT_API_KEY", " key\r\n")

    key = load().qdrant_api_key

    assert key is not None
    assert key.get_secret_value() == "key"


def test_ill_typed_secret_is_not_repeated(folder: Path) -> None:
    (folder / "default.yaml").write_text("gemini_api_key: [AIza-not-real]\n")
    assert "AIza" not in refusal()


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("postgresql://ask:p@ss/w:rd@db:5432/ask", "postgresql://ask:***@db:5432/ask"),
        ("redis://:pw@cache:6379/0", "redis://:***@cache:6379/0"),
        (
            "postgresql://db/ask?user=a&password=b&sslmode=require",
            "postgresql://db/ask?user=a&password=***&sslmode=require",
        ),
        ("sqlite:///var/askdocs.db", "sqlite:///var/askdocs.db"),
        ("https://qdrant.example:6333", "https://qdrant.example:6333"),
    ],
)
def test_passwords_in_urls_are_masked(url: str, masked: str) -> None:
    assert mask_url(url) == masked


# deploying


@pytest.mark.parametrize(
    ("section", "reason"),
    [
        ({"traffic_steps": [50, 10, 100]}, "traffic_steps rise"),
        ({"traffic_steps": [10, 50]}, "the last one is 100"),
        ({"min_instances": 3, "max_instances": 2}, "more than max_instances"),
    ],
)
def test_deployment_that_leads_nowhere_is_refused(section: dict[str, object], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        load(deployment=section)


def test_secret_key_of_age_is_refused_as_a_recipient() -> None:
    with pytest.raises(ConfigError, match="is a secret key") as caught:
        load(backups={"recipient": "AGE-SECRET-KEY-1QQQ"})
    assert "1QQQ" not in str(caught.value)


@pytest.mark.parametrize(
    ("letters", "budget", "fault"),
    [(1001, 6000, "at most 1000 characters"), (1000, 4100, "prompts take up to 4750")],
)
def test_instructions_of_a_site_leave_room_for_the_rest(letters: int, budget: int, fault: str) -> None:
    site = {"name": "docs", "key": "pk_docs_local", "instructions": "x" * letters}

    with pytest.raises(ConfigError, match=fault):
        load("test", sites=[site], answers={"prompt_tokens": budget})
