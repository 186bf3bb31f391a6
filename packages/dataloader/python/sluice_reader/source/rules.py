"""Checks of JSON values, as small functions that say what is wrong where."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Callable

from ..errors import SluiceError

# Raises `SluiceError` where the value at a path is not what the rule asks for.
Rule = Callable[[Any, str], None]

_largest_whole = 2**53 - 1
_largest_int32 = 2**31 - 1


def _refuse(path: str, expected: str, value: Any) -> None:
    shown = repr(value)
    shown = f"{shown[:60]}…" if len(shown) > 60 else shown
    raise SluiceError(f"`{path or 'the whole'}` is {shown}, expected {expected}")


def between(least: int, most: int, name: str | None = None) -> Rule:
    """An integer in a range, both ends included."""
    expected = name or f"a whole number from {least} to {most}"

    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            _refuse(path, expected, value)

    return check


whole = between(0, _largest_whole, "a whole number")
positive = between(1, _largest_int32, "a positive whole number")
whole32 = between(0, _largest_int32, "a whole number below 2^31")
integer = between(-_largest_whole, _largest_whole, "a whole number")


def number(value: Any, path: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        _refuse(path, "a number", value)


def matches(pattern: str, name: str) -> Rule:
    compiled = re.compile(pattern, re.DOTALL)

    def check(value: Any, path: str) -> None:
        if not isinstance(value, str) or compiled.fullmatch(value) is None:
            _refuse(path, name, value)

    return check


text = matches(".*", "a text")
short_text = matches(".{0,64}", "a text of at most 64 characters")
sha256 = matches("[0-9a-f]{64}", "a sha256 in hexadecimal")
file_name = matches(r"(?!/)(?!.*(^|/)\.\.?(/|$))[^\\:\0]+", "a name inside the dataset")


def seed(value: Any, path: str) -> None:
    """A whole number, or its digits where a JSON number would lose some."""
    if isinstance(value, str):
        matches("-?[0-9]{16,20}", "a seed")(value, path)
    else:
        integer(value, path)


def one_of(*choices: Any) -> Rule:
    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) != isinstance(choices[0], bool) or value not in choices:
            _refuse(path, f"one of {', '.join(map(str, choices))}", value)

    return check


def anything(value: Any, path: str) -> None:
    """Accepts any JSON value."""


def nullable(rule: Rule) -> Rule:
    def check(value: Any, path: str) -> None:
        if value is not None:
            rule(value, path)

    return check


def array(rule: Rule, length: int | None = None) -> Rule:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, list) or length not in (None, len(value)):
            _refuse(path, "a list" if length is None else f"a list of {length}", value)
        for index, item in enumerate(value):
            rule(item, f"{path}.{index}")

    return check


def record(rule: Rule) -> Rule:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            _refuse(path, "an object", value)
        for key, item in value.items():
            rule(item, f"{path}.{key}")

    return check


def fields(rules: Mapping[str, Rule], optional: Collection[str] = ()) -> Rule:
    """An object with these fields and no others."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            _refuse(path, "an object", value)
        for key in value:
            if key not in rules:
                raise SluiceError(f"`{f'{path}.{key}'.lstrip('.')}` is not a field of a manifest")
        for key, rule in rules.items():
            inner = f"{path}.{key}".lstrip(".")
            if key in value:
                rule(value[key], inner)
            elif key not in optional:
                raise SluiceError(f"`{inner}` is missing")

    return check
