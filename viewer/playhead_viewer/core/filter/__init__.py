"""Which events are shown: an expression on kind, type, block, text, gap, size, time and number.

`parse` reads it, or says where it is wrong; `Filter.matches` asks one event. Pure.
"""

from playhead_viewer.core.filter.model import Event, Filter, FilterError
from playhead_viewer.core.filter.parse import parse, parse_by

__all__ = ["Event", "Filter", "FilterError", "parse", "parse_by"]
