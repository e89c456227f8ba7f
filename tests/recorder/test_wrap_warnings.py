"""What anybody warns of beside a program is kept until it has ended."""

from __future__ import annotations

import logging
import warnings

import pytest

pytest.importorskip("mitmproxy")

with warnings.catch_warnings():
    # mitmproxy's filter language calls pyparsing by its old names.
    warnings.simplefilter("ignore")
    from playhead_recorder.master import Listener, Setup
    from playhead_recorder.wrap.proxy import ProxyThread


def test_warnings_and_errors_are_kept_as_safe_lines_and_counted():
    thread = ProxyThread(Setup((Listener("127.0.0.1", 0),)))
    somebody = logging.getLogger("somebody")
    with thread.heard():
        somebody.info("nothing")
        somebody.warning("no luck at https://bob:hunter2@host/path?key=1")
        somebody.critical("out of luck")
        somebody.critical("out of luck")
    somebody.error("too late")
    assert thread.warnings == {"warning: no luck at https://host/…": 1, "error: out of luck": 2}
