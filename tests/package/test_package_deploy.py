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
    settings = pytest.importorskip("playhead_recorder.options.settings")
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


def container_lines(word):
    """What stands behind an instruction of the container file, continued lines joined."""
    text = (DEPLOY / "Containerfile").read_text().replace("\\\n", " ")
    return [line.removeprefix(word).strip() for line in text.splitlines() if line.startswith(f"{word} ")]


def option(command, name):
    """The value of an option; of one that is given twice, the last."""
    return command[len(command) - command[::-1].index(name)]


def test_the_container_writes_where_it_may_and_can_be_kept():
    (volume,) = container_lines("VOLUME")
    environment = dict(pair.split("=", 1) for line in container_lines("ENV") for pair in line.split())
    made = " ".join(container_lines("RUN"))
    assert container_lines("WORKDIR") == [volume] == [environment["HOME"]]
    assert f"--home-dir {volume} " in made
    assert re.search(rf"install -d -m 0700 -o playhead -g playhead {re.escape(volume)}$", made)
    assert f"--uid {container_lines('USER')[0]} " in made
    for kind in ("container", "compose", "kubernetes"):
        for name in ("--output", "--counters"):
            assert Path(option(commands()[kind], name)).is_relative_to(volume), (kind, name)
    assert compose()["services"]["recorder"]["volumes"] == [f"recordings:{volume}"]
    assert "recordings" in compose()["volumes"]


def test_the_container_installs_the_package_and_ends_on_the_signal_that_a_recorder_heeds():
    assert container_lines("ARG") == ['PLAYHEAD="playhead[record]"']
    assert any('pip install --no-cache-dir "${PLAYHEAD}"' in line for line in container_lines("RUN"))
    assert container_lines("STOPSIGNAL") == ["SIGTERM"] == [unit()["KillSignal"]]
    (version,) = re.findall(r"^FROM python:3\.(\d+)-slim$", (DEPLOY / "Containerfile").read_text(), re.M)
    assert int(version) >= 12


def test_applications_are_given_the_port_that_is_listened_on():
    (port,) = container_lines("EXPOSE")
    assert option(commands()["container"], "--listen") == f"0.0.0.0:{port}"
    services = compose()["services"]
    assert services["app"]["environment"]["ANTHROPIC_BASE_URL"] == f"http://recorder:{port}"
    (variable,) = pod()["spec"]["containers"][0]["env"]
    assert variable["value"] == f"http://{option(commands()['kubernetes'], '--listen')}"


def test_the_pod_mounts_what_it_has_under_the_users_that_may():
    spec = pod()["spec"]
    (sidecar,) = spec["initContainers"]
    assert {mount["name"] for mount in sidecar["volumeMounts"]} == {each["name"] for each in spec["volumes"]}
    mounts = {mount["name"]: mount["mountPath"] for mount in sidecar["volumeMounts"]}
    assert [mounts["recordings"]] == container_lines("VOLUME")
    # mitmproxy and the recorder's own folder need a place to write, and the rest is read-only.
    assert mounts["scratch"] == "/tmp"
    (user,) = container_lines("USER")
    assert [sidecar["securityContext"]["runAsUser"], spec["securityContext"]["fsGroup"]] == [int(user)] * 2
    assert sidecar["restartPolicy"] == "Always"
    assert compose()["services"]["recorder"]["tmpfs"] == ["/tmp"]


def test_the_unit_and_what_the_readme_installs_name_the_same_places():
    said = (DEPLOY / "README.md").read_text()
    program = shlex.split(unit()["ExecStart"])[0]
    folder = program.removesuffix("/bin/playhead")
    assert f"python3.13 -m venv {folder} && {folder}/bin/pip install" in said
    assert f"install -D -m 0600 record.env {unit()['EnvironmentFile']}" in said
    state = f"/var/lib/{unit()['StateDirectory']}"
    assert f"--home-dir {state} " in said
    assert option(service_command(), "--output") in said
    assert option(service_command(), "--counters") in said
    assert Path(option(service_command(), "--output")).is_relative_to(state)
    assert Path(option(service_command(), "--counters")).is_relative_to(f"/run/{unit()['RuntimeDirectory']}")
    asked = set(re.findall(r"\$\{?(\w+)", unit()["ExecStart"]))
    assert asked == set(variables(DEPLOY / "record.env"))
    # An option that cannot be meant would be refused again; cassettes that are not finished are tried again.
    assert (unit()["Restart"], unit()["RestartPreventExitStatus"]) == ("on-failure", "2")


def test_every_option_that_is_spoken_of_exists():
    known = {name for parameter in record.params for name in parameter.opts}
    known |= {"--help", "--rm", "--system", "--home-dir", "--shell", "--now"}
    for path in DEPLOY.iterdir():
        prose = path.read_text().replace("--no-cache-dir", "").replace("--uid", "")
        prose = re.sub(r"^HEALTHCHECK .*$", "", prose, flags=re.M)
        spoken = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", prose))
        assert spoken <= known, path.name
