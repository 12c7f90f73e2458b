"""Where settings come from: defaults of the package < files of a folder < variables < *_FILE variables."""

from __future__ import annotations

import difflib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from askdocs.errors import ConfigError

OPERATORS_NAMES = {
    "environment": "ASKDOCS_ENV",
    "secret_key": "SECRET_KEY",
    "database_url": "DATABASE_URL",
    "redis_url": "REDIS_URL",
    "gemini_api_key": "GEMINI_API_KEY",
    "gemini_base_url": "GEMINI_BASE_URL",
    "qdrant_url": "QDRANT_URL",
    "qdrant_api_key": "QDRANT_API_KEY",
    "metrics_token": "METRICS_TOKEN",
    "admin_token": "ADMIN_TOKEN",
    "backups.to": "BACKUP_BUCKET",
    "backups.database_url": "BACKUP_DATABASE_URL",
    "error_tracking.dsn": "SENTRY_DSN",
    "accounts.access_token_expire_minutes": "ACCESS_TOKEN_EXPIRE_MINUTES",
    "openid.client_secret": "OPENID_CLIENT_SECRET",
    "debug": "DEBUG",
    "server.port": "PORT",
}
"""Variables that are called what operators and platforms call them anyway."""

IN_FILES = (
    "secret_key",
    "database_url",
    "redis_url",
    "gemini_api_key",
    "qdrant_url",
    "qdrant_api_key",
    "metrics_token",
    "admin_token",
    "api_key",
    "openid.client_secret",
    "backups.database_url",
    "error_tracking.dsn",
)
"""Keys whose variable also exists with `_FILE`, naming a file that holds the value."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Values from one place. `places` says for each dotted key where exactly it was written."""

    tree: Mapping[str, Any]
    places: Mapping[str, str]


DEFAULTS = Path(__file__).parent / "defaults"
"""The files that the package brings: default.yaml, and what differs in each environment."""


def checkout() -> Path | None:
    """The repository that this runs from; None for an installed package."""
    above = Path(__file__).resolve().parents[3]
    return above if (above / "backend" / "pyproject.toml").is_file() else None


def root() -> Path:
    """The folder that relative paths of the defaults start from: the checkout, else the nearest folder, from
    the working directory upwards, that holds `askdocs.yaml` or state, else the working directory."""
    if (repository := checkout()) is not None:
        return repository
    here = Path.cwd()
    marks = ("askdocs.yaml", ".askdocs")
    return next((above for above in (here, *here.parents) if any((above / m).exists() for m in marks)), here)


def config_dir() -> Path | None:
    """The folder with what differs from the defaults here: the one that ASKDOCS_CONFIG_DIR names, or that of
    the checkout. None elsewhere: other programs have a config/ too. Raises `ConfigError` if it is missing."""
    chosen = os.environ.get("ASKDOCS_CONFIG_DIR")
    if chosen:
        folder = Path(chosen).expanduser()
    elif (repository := checkout()) is not None:
        folder = repository / "config"
    else:
        return None
    if not folder.is_dir():
        raise ConfigError(
            f"{folder}: no such folder",
            fix="Set ASKDOCS_CONFIG_DIR to a folder with default.yaml or files named after environments, "
            "which hold what differs from the defaults.",
        )
    return folder


METRICS_DIR = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which prometheus_client learns, when it is imported, where processes count together."""


def metrics_dir() -> Path | None:
    """The folder of what the workers of one server count together; None if there is one process only."""
    folder = os.environ.get(METRICS_DIR)
    return Path(folder) if folder else None


def on_cloud_run() -> bool:
    """Whether this is an instance of a Cloud Run service, by what its container contract promises."""
    return bool(os.environ.get("K_SERVICE"))


def in_github_actions() -> bool:
    return os.environ.get("GITHUB_ACTIONS") == "true"


def github_token_request() -> tuple[str, str] | None:
    """Where a job in GitHub Actions asks for a token about itself, and what it shows there. None elsewhere,
    and in a job that was not given the permission."""
    url = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_URL")
    secret = os.environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    return (url, secret) if url and secret else None


def has_windows() -> bool:
    """Whether a browser that is opened here has a screen to show itself on."""
    on_x = "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    return sys.platform in ("darwin", "win32") or on_x


def share_metrics(folder: Path) -> None:
    """Have the processes that are started from now on count together, in this folder."""
    os.environ[METRICS_DIR] = str(folder)


def leaves(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every setting with its dotted key, in the order in which they are defined."""
    for name, field in model.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            yield from leaves(section, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def variable(key: str) -> str:
    """The environment variable of a key."""
    return OPERATORS_NAMES.get(key) or "ASKDOCS_" + key.upper().replace(".", "__")


def in_environment(key: str) -> bool:
    """Whether its variable is set, and not to nothing."""
    return bool(os.environ.get(variable(key)))


def nearest(word: str, words: Iterable[str]) -> str:
    return difflib.get_close_matches(word, list(words), n=1, cutoff=0.0)[0]


def read_layers(model: type[BaseModel], environment: str | None) -> list[Layer]:
    """The layers of an environment (by default the one ASKDOCS_ENV names), weakest first."""
    chosen = environment or os.environ.get("ASKDOCS_ENV") or "development"
    environments = get_args(model.model_fields["environment"].annotation)
    if chosen not in environments:
        raise ConfigError(
            f"ASKDOCS_ENV: unknown environment '{chosen}'; the nearest is '{nearest(chosen, environments)}'"
        )
    return [
        *read_defaults(model, chosen),
        *read_folder(model, chosen, environments),
        read_variables(model),
        read_secret_files(model),
        Layer({"environment": chosen}, {"environment": "ASKDOCS_ENV"} if chosen != "development" else {}),
    ]


def read_defaults(model: type[BaseModel], environment: str) -> list[Layer]:
    """What the package brings, said to come from where no file need be looked up."""
    default = read_yaml(model, DEFAULTS / "default.yaml", base=root())
    differing = read_yaml(model, DEFAULTS / f"{environment}.yaml", base=root())
    return [
        Layer(default.tree, {}),
        Layer(differing.tree, dict.fromkeys(differing.places, f"default of {environment}")),
    ]


def read_folder(model: type[BaseModel], environment: str, environments: Sequence[str]) -> list[Layer]:
    """The two files of a configuration folder that apply, where it has them."""
    folder = config_dir()
    if folder is None:
        return []
    known = ("default", *environments)
    for file in sorted((*folder.glob("*.yaml"), *folder.glob("*.yml"))):
        if file.name not in {f"{name}.yaml" for name in known}:
            raise ConfigError(f"{file}: no file of settings; the nearest is {nearest(file.stem, known)}.yaml")
    files = [folder / "default.yaml", folder / f"{environment}.yaml"]
    return [read_yaml(model, file, base=folder.resolve().parent) for file in files if file.is_file()]


def read_yaml(model: type[BaseModel], path: Path, *, base: Path) -> Layer:
    """One file, its relative paths taken from `base`."""
    shown, tree, places = parse_yaml(path)
    if tree is None:
        return Layer({}, {})
    if not isinstance(tree, dict):
        raise ConfigError(f"{shown}:1: settings are written as 'key: value'")
    if "environment" in tree:
        raise ConfigError(f"{places['environment']}: 'environment' is set by the variable ASKDOCS_ENV only")
    sections = {key.partition(".")[0] for key, _ in leaves(model) if "." in key}
    filled = {name: value for name, value in tree.items() if value is not None or name not in sections}
    return Layer(anchored(model, filled, base), places)


def parse_yaml(path: Path) -> tuple[str, Any, dict[str, str]]:
    """How messages name the file, its content (None if it is empty), and where each key stands. Raises
    ConfigError."""
    shown = os.path.relpath(path) if path.resolve().is_relative_to(Path.cwd()) else str(path)
    try:
        loader = yaml.CSafeLoader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        places = dict(key_places(node, shown, ""))
        return shown, loader.construct_document(node) if node is not None else None, places
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(f"{shown}: cannot be read: {reason}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise ConfigError(f"{shown}{line}: broken YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{shown}: broken YAML: {' '.join(str(error).split())}") from error


def key_places(node: yaml.Node | None, file: str, prefix: str) -> Iterator[tuple[str, str]]:
    """The file and line of every key. A key twice is an error: YAML would silently keep the last."""
    if isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield f"{prefix}{number}", f"{file}:{item.start_mark.line + 1}"
            yield from key_places(item, file, f"{prefix}{number}.")
    if not isinstance(node, yaml.MappingNode):
        return
    seen: dict[str, int] = {}
    for name_node, value in node.value:
        name, line = str(name_node.value), name_node.start_mark.line + 1
        if name in seen:
            raise ConfigError(f"{file}:{line}: '{prefix}{name}' stands in line {seen[name]} already")
        seen[name] = line
        yield f"{prefix}{name}", f"{file}:{line}"
        yield from key_places(value, file, f"{prefix}{name}.")


def read_variables(model: type[BaseModel]) -> Layer:
    """Set variables. An empty one counts as not set: compose files and CI make that of a missing one."""
    fields = {variable(key): (key, field) for key, field in leaves(model)}
    known = {*fields, "ASKDOCS_CONFIG_DIR"}
    tree: dict[str, Any] = {}
    places: dict[str, str] = {}
    for name, value in os.environ.items():
        if name.startswith("ASKDOCS_") and name not in known:
            raise ConfigError(f"{name}: no such variable; the nearest is {nearest(name, known)}")
        if name in fields and value:
            key, field = fields[name]
            put(tree, key, parsed(name, value, field))
            places[key] = name
    return Layer(anchored(model, tree, Path.cwd()), places)


def parsed(name: str, value: str, field: FieldInfo) -> Any:
    """Lists come as JSON, everything else as it stands."""
    if getattr(field.annotation, "__origin__", None) is not tuple:
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise ConfigError(f"{name}: not JSON: {error}") from error


def read_secret_files(model: type[BaseModel]) -> Layer:
    tree: dict[str, Any] = {}
    places: dict[str, str] = {}
    for key in IN_FILES:
        name = variable(key) + "_FILE"
        path = os.environ.get(name)
        if not path:
            continue
        try:
            value = Path(path).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
            raise ConfigError(f"{name}: cannot read {path}: {reason}") from error
        if not value:
            raise ConfigError(f"{name}: {path} is empty")
        put(tree, key, value)
        places[key] = f"{name} ({path})"
    return Layer(tree, places)


def put(tree: dict[str, Any], key: str, value: Any) -> None:
    *sections, last = key.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
    tree[last] = value


def anchored(model: type[BaseModel], tree: dict[str, Any], base: Path) -> dict[str, Any]:
    """The tree with relative paths taken from `base`."""
    for key, field in leaves(model):
        if Path not in (field.annotation, *get_args(field.annotation)):
            continue
        *sections, last = key.split(".")
        branch: Any = tree
        for section in sections:
            branch = branch.get(section) if isinstance(branch, dict) else None
        if not isinstance(branch, dict):
            continue
        given = branch.get(last)
        if isinstance(given, str):
            branch[last] = str(base / Path(given).expanduser())
        elif isinstance(given, list):
            branch[last] = [
                str(base / Path(one).expanduser()) if isinstance(one, str) else one for one in given
            ]
    return tree


class Layers(PydanticBaseSettingsSource):
    """All layers as one source for pydantic-settings."""

    def __init__(self, settings_cls: type[BaseSettings], environment: str | None) -> None:
        super().__init__(settings_cls)
        self.layers = read_layers(settings_cls, environment)

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError  # pydantic-settings calls it from its own sources only

    def __call__(self) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for layer in self.layers:
            merge(merged, layer.tree)
        return merged


def merge(weak: dict[str, Any], strong: Mapping[str, Any]) -> None:
    for name, value in strong.items():
        below = weak.get(name)
        if isinstance(below, dict) and isinstance(value, Mapping):
            merge(below, value)
        else:
            weak[name] = dict(value) if isinstance(value, Mapping) else value
