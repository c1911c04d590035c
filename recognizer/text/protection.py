"""What the general rules for numbers must not touch, and how it is written instead. Pure.

The finite-state rules of ``wetext`` write 八月二十三号 as 08/23, join a date with the time after it,
and make ten points of 十分感谢. Dates and times are therefore written here, idioms are kept as they
are, and only what lies between goes to the general rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from recognizer.text.chinese_numbers import any_number, counted, spelled

_N: Final = "[零〇一二两三四五六七八九十百千]+"
_DIGIT: Final = "[零〇一二三四五六七八九]"


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text; ``is_done``: the general rules leave it alone."""

    text: str
    is_done: bool


Write = Callable[[re.Match[str]], str]
_DAY: Final = "(?P<day>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜)"
_HOUR: Final = "(?P<hour>二十[一二三四]?|十[一二]?|[一二两三四五六七八九]|零)点"
_PART: Final = f"(?P<part>半|整|钟|零?{_N}分(?!之)|[一三]刻)"
_IDIOMS: Final = (
    "十分(?![钟之])|万分(?!之)|一起|一样|一直|一定|一般|一些|一下|一点(?!钟|半|整)|一旦|一切|一共|一边|一路|一律|"
    "一方面|一会儿|一生|一心|一口气|一刻不停|一模一样|一心一意|三心二意|五颜六色|七上八下|乱七八糟|九牛一毛|"
    "四面八方|十全十美|百分百|千方百计|万一|千万(?![分人元块美])|星期[一二三四五六日天]|周[一二三四五六日]|"
    "礼拜[一二三四五六日天]|(?:两三|三四|五六|七八)[个天年次]|第[一二三四五六七八九](?![十百千])"
)


def _keep(match: re.Match[str]) -> str:
    return match[0]


def _numbers_inside(match: re.Match[str]) -> str:
    """Every number of a date or an amount in digits, the words around it as they were said."""
    return re.sub(_N, lambda found: any_number(found[0]), match[0])


def _year(match: re.Match[str]) -> str:
    return spelled(match[1]) + "年"


def _clock(match: re.Match[str]) -> str:
    """三点半 → 3点半: half and quarter stay words, minutes become digits."""
    words = match.groupdict()
    part = words.get("part") or ""
    minutes = re.sub(_N, lambda found: any_number(found[0]), part) if part.endswith("分") else part
    return f"{words.get('day') or ''}{counted(match['hour'])}点{minutes}"


def _degrees(match: re.Match[str]) -> str:
    fraction = f".{spelled(match[3])}" if match[3] else ""
    return f"{match[1] or ''}{any_number(match[2])}{fraction}{match[4]}"


def _duration(match: re.Match[str]) -> str:
    """十分钟 → 10分钟, but 两天 and 三个月 stay words: small counts are written so."""
    is_small = len(match[1]) == 1 and match[2] not in ("分钟", "秒钟", "秒")
    return match[0] if is_small else any_number(match[1]) + match[2]


_RULES: Final[tuple[tuple[re.Pattern[str], Write], ...]] = (
    (re.compile(f"({_DIGIT}{{4}}|{_DIGIT}{{2}})年(?={_N}月)"), _year),
    (re.compile(f"({_DIGIT}{{4}})年"), _year),
    (re.compile(f"(?:{_N}月)?{_N}[号日](?![码称令子头记志程常期])"), _numbers_inside),
    (re.compile(f"{_N}月(?:份|底|初|中旬|上旬|下旬)?(?!亮)"), _numbers_inside),
    (re.compile(f"{_DAY}{_HOUR}{_PART}?"), _clock),
    (re.compile(f"{_HOUR}{_PART}"), _clock),
    (re.compile(f"(零下)?({_N})点({_DIGIT}+)(度|摄氏度)"), _degrees),
    (re.compile(f"(零下)({_N})()(度)"), _degrees),
    (re.compile(f"{_N}(?:元|块钱|块|美元|欧元|英镑|日元)"), _numbers_inside),
    (re.compile(f"({_N})(个?小时|分钟|秒钟|秒|天|周|个星期|个月)(?!之)"), _duration),
    (re.compile(_IDIOMS), _keep),
)


def split(text: str) -> Iterator[Piece]:
    """``text`` in pieces; put together again after the open ones were normalised."""
    start = 0
    while start < len(text):
        found = _first(text, start)
        if found is None:
            break
        match, write = found
        if match.start() > start:
            yield Piece(text[start : match.start()], is_done=False)
        yield Piece(_written(match, write), is_done=True)
        start = match.end()
    if start < len(text):
        yield Piece(text[start:], is_done=False)


def _first(text: str, start: int) -> tuple[re.Match[str], Write] | None:
    """The leftmost rule that matches; of several at one place the one named first."""
    found = [(match, write) for rule, write in _RULES if (match := rule.search(text, start)) and match[0]]
    return min(found, key=lambda each: each[0].start(), default=None)


def _written(match: re.Match[str], write: Write) -> str:
    try:
        return write(match)
    except (ValueError, KeyError):  # characters that look like a number and are none
        return match[0]
