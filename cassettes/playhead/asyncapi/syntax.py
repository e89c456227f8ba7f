"""Text into a tree of JSON values: JSON by the standard library, YAML where PyYAML is there.

Knows JSON, the part of YAML that AsyncAPI allows (JSON's types, keys that are text) and how large a
document may be. Knows no AsyncAPI.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from playhead.errors import InputError, MissingExtra
from playhead.protocols.ledger import Json

if TYPE_CHECKING:
    import yaml  # type: ignore[import-untyped]

MAX_BYTES = 10 << 20
MAX_VALUES = 1_000_000
"""As many values may stand in a document once its aliases are written out."""
MAX_DEPTH = 200

_BOOLEAN = re.compile("true|True|TRUE|false|False|FALSE")
_LEFT_OUT = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value", "tag:yaml.org,2002:bool")


def parse(data: bytes, name: str) -> Json:
    """The value that `data` holds, as JSON or YAML; `name` is what messages call it.

    Raises `InputError` with line and column where it is neither, and `MissingExtra` where it can only be
    YAML and PyYAML is not installed.
    """
    if len(data) > MAX_BYTES:
        raise InputError(f"{name}: larger than {MAX_BYTES >> 20} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: byte {error.start} is not UTF-8") from None
    if not text.strip():
        raise InputError(f"{name} is empty")
    try:
        value = _parse_text(text, name)
        _check_size(value, name)
    except RecursionError:
        raise InputError(f"{name}: nested too deeply") from None
    return value


def _parse_text(text: str, name: str) -> Json:
    is_yaml = name.lower().endswith((".yaml", ".yml"))
    if is_yaml or not text.lstrip().startswith(("{", "[")):
        return _parse_yaml(text, name)
    try:
        value: Json = json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"{name}, {place}: no JSON: {error.msg}") from None
    except ValueError as error:
        raise InputError(f"{name}: no JSON: {error}") from None
    return value


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _parse_yaml(text: str, name: str) -> Json:
    try:
        import yaml
    except ModuleNotFoundError:
        raise MissingExtra(f"Reading {name}, which is YAML,", "lint", "pyyaml") from None
    loader = _loader()(text)
    try:
        return _plain(loader.get_single_data(), name, {}, 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise InputError(f"{name}{place}: no YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise InputError(f"{name}: no YAML: {str(error).splitlines()[0]}") from None
    finally:
        loader.dispose()


def _loader() -> type[yaml.SafeLoader]:
    """PyYAML's safe loader without what AsyncAPI does not allow: dates, `yes` for true, merge keys."""
    import yaml

    base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast

    class Loader(base):  # type: ignore[misc]
        def flatten_mapping(self, node: Any) -> None:
            """Merge keys copy mappings, without bound: refused, as AsyncAPI does."""
            for key, _ in node.value:
                if key.tag == "tag:yaml.org,2002:merge":
                    raise yaml.constructor.ConstructorError(
                        None, None, "merge keys (<<) are not allowed in AsyncAPI", key.start_mark
                    )

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _LEFT_OUT]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOLEAN, list("tTfF"))
    loader: type[yaml.SafeLoader] = Loader
    return loader


def _plain(value: Any, name: str, done: dict[int, Json], depth: int) -> Json:
    """The same in JSON's types. What an alias shares stays shared; an alias within itself is refused."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if depth > MAX_DEPTH:
        raise InputError(f"{name}: nested too deeply, or an alias stands within its own anchor")
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, dict):
        made: Json = {_key(key, name): _plain(item, name, done, depth + 1) for key, item in value.items()}
    elif isinstance(value, list):
        made = [_plain(item, name, done, depth + 1) for item in value]
    else:
        raise InputError(f"{name}: a value of the YAML type {type(value).__name__}, which JSON has not")
    done[id(value)] = made
    return made


def _key(key: object, name: str) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bool | int | float | None):
        return json.dumps(key)  # a status such as 200, which people do not quote
    raise InputError(f"{name}: a key that is no text: {str(key)[:40]}")


def _check_size(value: Json, name: str) -> None:
    """Refuse what would be too much to walk: aliases can make a few lines stand for a billion."""
    if _count(value, {}, 0, name) > MAX_VALUES:
        raise InputError(f"{name}: more than {MAX_VALUES:,} values, once its aliases are written out")


def _count(value: Json, done: dict[int, int], depth: int, name: str) -> int:
    if not isinstance(value, dict | list):
        return 1
    if depth > MAX_DEPTH:
        raise InputError(f"{name}: nested more than {MAX_DEPTH} deep")
    if id(value) not in done:
        items = value.values() if isinstance(value, dict) else value
        done[id(value)] = 1 + sum(_count(item, done, depth + 1, name) for item in items)
    return done[id(value)]
