"""The private folder of unfinished cassettes: whatever its mode was, and whatever the umask takes away."""

from __future__ import annotations

import os
import stat

import pytest

from playhead.capture import folder
from playhead.store.lines_file import LinesFile
from playhead.store.places import make_private

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such modes")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=[0, 0o022, 0o077, 0o277, 0o777], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_what_is_made_is_its_owners_alone(tmp_path):
    make_private(tmp_path / "unfinished")
    file = LinesFile(tmp_path / "unfinished" / "x.partial")
    file.close()
    assert (mode(tmp_path / "unfinished"), mode(tmp_path / "unfinished" / "x.partial")) == (0o700, 0o600)


@pytest.mark.parametrize("before", [0o777, 0o755, 0o750, 0o701, 0o2770, 0o500])
def test_what_is_there_is_closed(tmp_path, before):
    private = tmp_path / "unfinished"
    private.mkdir()
    private.chmod(before)
    make_private(private)
    assert mode(private) & 0o777 == 0o700
    private.chmod(0o755)
    assert folder.usable(tmp_path) == tmp_path
    assert mode(private) == 0o700


def test_the_folder_that_a_cassette_grows_beside_is_not_touched(tmp_path):
    (tmp_path / "unfinished").mkdir(mode=0o755)
    before = mode(tmp_path / "unfinished")
    folder.usable(tmp_path, is_recorders=False)
    assert mode(tmp_path / "unfinished") == before


def test_what_cannot_be_closed_is_refused(tmp_path, monkeypatch):
    """The folder of somebody else, say. Where others cannot use it, it does not matter."""
    private = tmp_path / "unfinished"
    private.mkdir()
    private.chmod(0o755)

    def refuse(*_args, **_kwargs):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(type(private), "chmod", refuse)
    with pytest.raises(PermissionError) as caught:
        folder.usable(tmp_path)
    assert folder.why_not(caught.value) == f"{private}: others can use it, and its mode cannot be changed"
    os.chmod(private, 0o500)  # noqa: PTH101 - the other way is refused here
    make_private(private)


def test_a_file_in_its_place_is_refused(tmp_path):
    (tmp_path / "unfinished").write_text("")
    with pytest.raises(FileExistsError):
        folder.usable(tmp_path)
