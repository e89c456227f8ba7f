"""How many cells a spacing mark takes: vowel signs of Devanagari, Tamil, Bengali, Burmese and others.

Rich counts none, and so does Textual; tmux, xterm and what goes by the C library count one, and what is drawn
then runs over the edge of its pane. Knows Rich's table of widths; nothing of what is drawn.
"""

from __future__ import annotations

from bisect import bisect_left

from rich import cells
from rich._unicode_data import load

Entry = tuple[int, int, int]
"""First and last code point, and their width. What is in no entry is one cell wide."""

# Unicode's category Mc, but for the marks of Hangul and Khitan that draw upon what stands before them.
_MARKS = """
    903 93B 93E-940 949-94C 94E-94F 982-983 9BE-9C0 9C7-9C8 9CB-9CC 9D7 A03 A3E-A40 A83 ABE-AC0 AC9 ACB-ACC
    B02-B03 B3E B40 B47-B48 B4B-B4C B57 BBE-BBF BC1-BC2 BC6-BC8 BCA-BCC BD7 C01-C03 C41-C44 C82-C83 CBE
    CC0-CC4 CC7-CC8 CCA-CCB CD5-CD6 CF3 D02-D03 D3E-D40 D46-D48 D4A-D4C D57 D82-D83 DCF-DD1 DD8-DDF DF2-DF3
    F3E-F3F F7F 102B-102C 1031 1038 103B-103C 1056-1057 1062-1064 1067-106D 1083-1084 1087-108C 108F
    109A-109C 1715 1734 17B6 17BE-17C5 17C7-17C8 1923-1926 1929-192B 1930-1931 1933-1938 1A19-1A1A 1A55 1A57
    1A61 1A63-1A64 1A6D-1A72 1B04 1B35 1B3B 1B3D-1B41 1B43-1B44 1B82 1BA1 1BA6-1BA7 1BAA 1BE7 1BEA-1BEC 1BEE
    1BF2-1BF3 1C24-1C2B 1C34-1C35 1CE1 1CF7 A823-A824 A827 A880-A881 A8B4-A8C3 A952-A953 A983 A9B4-A9B5
    A9BA-A9BB A9BE-A9C0 AA2F-AA30 AA33-AA34 AA4D AA7B AA7D AAEB AAEE-AAEF AAF5 ABE3-ABE4 ABE6-ABE7 ABE9-ABEA
    ABEC 11000 11002 11082 110B0-110B2 110B7-110B8 1112C 11145-11146 11182 111B3-111B5 111BF-111C0 111CE
    1122C-1122E 11232-11233 11235 112E0-112E2 11302-11303 1133E-1133F 11341-11344 11347-11348 1134B-1134D
    11357 11362-11363 11435-11437 11440-11441 11445 114B0-114B2 114B9 114BB-114BE 114C1 115AF-115B1
    115B8-115BB 115BE 11630-11632 1163B-1163C 1163E 116AC 116AE-116AF 116B6 11720-11721 11726 1182C-1182E
    11838 11930-11935 11937-11938 1193D 11940 11942 119D1-119D3 119DC-119DF 119E4 11A39 11A57-11A58 11A97
    11C2F 11C3E 11CA9 11CB1 11CB4 11D8A-11D8E 11D93-11D94 11D96 11EF5-11EF6 11F03 11F34-11F35 11F3E-11F3F
    11F41 16F51-16F87 1D165-1D166 1D16D-1D172
"""


def count_spacing_marks() -> None:
    """Have Rich, and all that asks it, count one cell for a spacing mark. More than once does no harm."""
    widths = load().widths
    if isinstance(widths, list):
        widths[:] = without(widths, spacing_marks())
        cells.get_character_cell_size.cache_clear()
        cells.cached_cell_len.cache_clear()


def spacing_marks() -> list[tuple[int, int]]:
    """The first and last code points of their ranges, ascending."""
    parts = (part.partition("-") for part in _MARKS.split())
    return [(int(first, 16), int(last or first, 16)) for first, _, last in parts]


def without(entries: list[Entry], ranges: list[tuple[int, int]]) -> list[Entry]:
    """A table of widths without some code points; both are ascending.

    >>> without([(1, 9, 0), (20, 21, 2)], [(3, 4), (9, 12)])
    [(1, 2, 0), (5, 8, 0), (20, 21, 2)]
    """
    found: list[Entry] = []
    for start, end, width in entries:
        at = start
        for first, last in ranges[bisect_left(ranges, start, key=lambda each: each[1]) :]:
            if first > end:
                break
            if at < first:
                found.append((at, first - 1, width))
            at = last + 1
        if at <= end:
            found.append((at, end, width))
    return found
