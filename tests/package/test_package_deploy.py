"""The deployment examples: what they run exists, what they wait for is long enough, whom they trust."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from playhead.capture.deadlines import FINISH_SECONDS, WRITE_SECONDS
from playhead_recorder.commands import record

DEPLOY = Path(__file__).parents[2] / "recorder" / "deploy"
UNIT = DEPLOY / "playhead-record.service"
STOP_SECONDS = WRITE_SECONDS + FINISH_SECONDS
"""What a recorder takes at most to write what waits, and to finish its cassettes."""


def variables(path):
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def unit():
    """The unit's settings; a name that comes twice has both values."""
    found = {}
    for line in UNIT.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found[name] = f"{found[name]} {value}" if name in found else value
    return found


def container_command():
    text = (DEPLOY / "Containerfile").read_text()
    (entry,) = re.findall(r"^ENTRYPOINT (\[.*\])$", text, re.M)
    (default,) = re.findall(r"^CMD (\[.*\])$", text, re.M)
    return json.loads(entry), json.loads(default)


def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def pod():
    return yaml.safe_load((DEPLOY / "kubernetes.yaml").read_text())


def service_command():
    given = variables(DEPLOY / "record.env")
    command = re.sub(r"\$\{(\w+)\}|\$(\w+)", lambda found: given[found[1] or found[2]], unit()["ExecStart"])
    return shlex.split(command.replace("%S", "/var/lib").replace("%t", "/run"))


def commands():
    entry, _ = container_command()
    return {
        "systemd": service_command(),
        "container": [*entry, "--upstream", "https://api.anthropic.com"],
        "compose": [*entry, *compose()["services"]["recorder"]["command"]],
        "kubernetes": [*entry, *pod()["spec"]["initContainers"][0]["args"]],
    }


@pytest.mark.parametrize("kind", ["systemd", "container", "compose", "kubernetes"])
def test_the_command_is_one_that_record_takes(kind):
    program, command, *arguments = commands()[kind]
    assert (Path(program).name, command) == ("playhead", "record")
    settings = pytest.importorskip("playhead_recorder.settings")
    with record.make_context("record", arguments) as context:
        assert context.params["upstreams"]
        assert context.params["program"] == ()
        found = settings.from_flags(context.params, context.params["output"])
    assert found.files.root.is_absolute()
    assert found.counters is not None
    if kind != "container":
        assert found.retention.seconds
        assert found.retention.size
        assert found.files.compressed


def test_a_container_that_is_told_nothing_is_no_open_proxy():
    entry, default = container_command()
    assert entry[entry.index("--listen") + 1].startswith("0.0.0.0:")
    assert default == ["--help"]


def test_only_the_pod_and_the_machine_reach_the_recorder():
    for kind in ("systemd", "kubernetes"):
        arguments = commands()[kind]
        last = len(arguments) - 1 - arguments[::-1].index("--listen")
        assert arguments[last + 1].startswith("127.0.0.1:"), kind


def test_whoever_stops_it_waits_for_what_it_has_to_finish():
    assert int(unit()["TimeoutStopSec"]) > STOP_SECONDS
    assert unit()["KillMode"] == "mixed"
    assert int(compose()["services"]["recorder"]["stop_grace_period"].removesuffix("s")) > STOP_SECONDS
    assert pod()["spec"]["terminationGracePeriodSeconds"] > STOP_SECONDS


def test_no_image_comes_from_a_registry_that_is_named():
    images = re.findall(r"^FROM (\S+)", (DEPLOY / "Containerfile").read_text(), re.M)
    images += [service["image"] for service in compose()["services"].values()]
    spec = pod()["spec"]
    images += [container["image"] for container in (*spec["initContainers"], *spec["containers"])]
    assert len(images) == 5
    assert not [image for image in images if "/" in image]


def test_nobody_is_root_and_recordings_are_private():
    assert unit()["User"] == "playhead"
    assert unit()["StateDirectoryMode"] == "0700"
    assert unit()["UMask"] == "0077"
    assert re.search(r"^USER 10001$", (DEPLOY / "Containerfile").read_text(), re.M)
    sidecar = pod()["spec"]["initContainers"][0]["securityContext"]
    assert sidecar["runAsUser"] == 10001
    assert sidecar["allowPrivilegeEscalation"] is False


def test_health_is_asked_where_the_counters_are():
    entry, _ = container_command()
    counters = entry[entry.index("--counters") + 1]
    sidecar = pod()["spec"]["initContainers"][0]
    assert counters in (DEPLOY / "Containerfile").read_text().partition("HEALTHCHECK")[2].partition("\n\n")[0]
    for probe in ("startupProbe", "livenessProbe"):
        assert counters in sidecar[probe]["exec"]["command"][-1]


def test_health_tells_a_fresh_file_from_an_old_or_missing_one(tmp_path):
    script = pod()["spec"]["initContainers"][0]["livenessProbe"]["exec"]["command"][-1]
    assert script in (DEPLOY / "Containerfile").read_text()
    counters = tmp_path / "counters.json"
    asked = ["sh", "-c", script.replace("/var/lib/playhead/counters.json", str(counters))]
    assert subprocess.run(asked, stderr=subprocess.DEVNULL).returncode == 1
    counters.touch()
    assert subprocess.run(asked).returncode == 0
    subprocess.run(["touch", "-t", "202001010000", str(counters)], check=True)
    assert subprocess.run(asked).returncode == 1


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path):
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("there is no systemd here")
    # verify wants the program to be there.
    made = tmp_path / UNIT.name
    made.write_text(
        UNIT.read_text().replace("/opt/playhead/bin/playhead", shutil.which("true") or "/bin/true")
    )
    found = subprocess.run([verify, "verify", str(made)], capture_output=True, text=True)
    assert (found.returncode, found.stderr.strip()) == (0, "")


def test_the_readme_names_every_file():
    said = (DEPLOY / "README.md").read_text()
    for path in DEPLOY.iterdir():
        assert path.name == "README.md" or f"({path.name})" in said
