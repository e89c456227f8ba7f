"""What `mitmdump -s "$(playhead addon)"` loads. mitmproxy may live in another environment than Playhead."""

import logging

try:
    from playhead_recorder.addon import Recorder
except ImportError as _error:
    import importlib.util as _util
    import pathlib as _pathlib

    _spec = _util.spec_from_file_location("_playhead_advice", _pathlib.Path(__file__).with_name("advice.py"))
    assert _spec is not None
    assert _spec.loader is not None
    _advice = _util.module_from_spec(_spec)
    _spec.loader.exec_module(_advice)
    # An error while it starts makes mitmproxy leave.
    logging.getLogger("playhead").error(_advice.how_to_fix(_error))
    addons = []
else:
    addons = [Recorder()]
