"""JSON that others may have written, within limits that the TypeScript reader has too."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from ..errors import SluiceError

largest_json_bytes = 1 << 27
_most_marks = 1 << 23
_most_depth = 64


def parse_json(content: bytes) -> Any:
    """Parses UTF-8 JSON. Raises `SluiceError` or `ValueError` where it is too large, too deep, or no JSON."""
    if len(content) > largest_json_bytes:
        raise SluiceError(f"it has more than {largest_json_bytes} bytes")
    # What each value but the first is preceded by; inside of strings, too.
    if sum(content.count(mark) for mark in (b",", b"[", b"{")) > _most_marks:
        raise SluiceError(f"it has more than {_most_marks} values")
    value = json.loads(content.decode("utf-8-sig"), parse_constant=_refuse_constant, parse_float=_whole_or_float)
    _check_depth(value)
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(_most_depth + 1):
        level = [one for outer in level for one in _inside(outer) if isinstance(one, (dict, list))]
        if not level:
            return
    raise SluiceError(f"it has more than {_most_depth} objects and arrays in each other")


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _whole_or_float(digits: str) -> int | float:
    """JSON has one kind of number: 3.0 is 3."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:20]} is no number that a reader has")
    return int(number) if number.is_integer() else number
