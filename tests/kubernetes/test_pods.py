"""People's pods as the hub would make them: JupyterHub's own chart rendered by helm with our
values, its configuration loaded as the hub's pod has it, a real KubeSpawner asked for each pod."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import certifi
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from autograder.course.ids import is_plain
from tests.kubernetes.pods import COURSE, KUBERNETES, SHELL, hub, needs_root
from tests.kubernetes.test_chart import TOOLS, VERSIONS, helm  # noqa: F401 (a fixture)

SPAWN = Path(__file__).with_name("spawn.py")
CHART = TOOLS / "jupyterhub"
STUDENT, INSTRUCTOR = "ada", "grace"
STUDENTS = (STUDENT, "b.o@x.y", "{pod_name}", "..")
PEOPLE = {**dict.fromkeys(STUDENTS, "nbgrader-cnn"), INSTRUCTOR: "formgrade-cnn", "eve": ""}
YOURS = {"singleuser": {"image": {"name": "registry.example.org/cnn-course", "tag": "1"}}}


def render(helm, folder, values):  # noqa: F811
    if not CHART.is_dir():
        pytest.skip("JupyterHub's chart is missing: make test-kubernetes fetches it where it can")
    yours = folder / "yours.yaml"
    yours.write_text(yaml.safe_dump(values))
    command = [helm, "template", "hub", CHART, "--namespace=course", f"--values={yours}"]
    command += [f"--values={KUBERNETES / 'values.yaml'}"]
    pods = KUBERNETES / "hub" / "pods.py"
    command += [f"--set-file=hub.extraFiles.pods.stringData={pods}"]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def rendered(helm, tmp_path_factory):  # noqa: F811
    done = render(helm, tmp_path_factory.mktemp("values"), YOURS)
    assert done.returncode == 0, done.stderr
    objects = [found for found in yaml.safe_load_all(done.stdout) if found]
    return {(found["kind"], found["metadata"]["name"]): found for found in objects}


@pytest.fixture(scope="module")
def hubs_pod(rendered, tmp_path_factory):
    """The files that the hub's pod mounts below /usr/local/etc/jupyterhub, from the chart's own
    objects."""
    folder = tmp_path_factory.mktemp("hub")
    for name in ("config", "secret", "jupyterhub_config.d"):
        (folder / name).mkdir()
    for key, text in rendered["ConfigMap", "hub"]["data"].items():
        (folder / (key if key.endswith(".py") else f"config/{key}")).write_text(text)
    secret = rendered["Secret", "hub"]
    for key, text in secret["data"].items():
        (folder / "secret" / key).write_bytes(base64.b64decode(text))
    (folder / "jupyterhub_config.d" / "pods.py").write_text(secret["stringData"]["pods"])
    return folder


@pytest.fixture(scope="module")
def made(hubs_pod, tmp_path_factory):
    """What the spawner makes for each person; the exchange in which the hub has made folders."""
    pytest.importorskip("kubespawner", reason="make test-kubernetes fetches it")
    home = tmp_path_factory.mktemp("exchange")
    script = (
        "mount -t tmpfs none /usr/local/etc; mkdir /usr/local/etc/jupyterhub;"
        f"mount --bind '{hubs_pod}' /usr/local/etc/jupyterhub; mount -t tmpfs none /srv;"
        f"mkdir -p /srv/exchange; mount --bind '{home}' /srv/exchange;"
        "mount -t tmpfs none /run; there=/run/secrets/kubernetes.io/serviceaccount;"
        f"mkdir -p $there; echo x >$there/token; cp '{certifi.where()}' $there/ca.crt; exec \"$@\""
    )
    people = [f"{name}={group}" for name, group in PEOPLE.items()]
    done = subprocess.run(
        [*SHELL, script, "sh", sys.executable, str(SPAWN), *people],
        env=os.environ
        | {"COURSE_ID": COURSE, "HELM_RELEASE_NAME": "hub"}
        | {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "1"}
        | {f"{name}_SERVICE_PORT": "8081" for name in ("HUB", "PROXY_API", "PROXY_PUBLIC")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) | {"exchange": home / COURSE}


@pytest.fixture
def pods(made):
    return made["pods"]


def mounts(pod):
    [server] = pod["spec"]["containers"]
    return {
        mount["mountPath"]: (mount.get("subPath"), mount.get("readOnly", False))
        for mount in server["volumeMounts"]
        if mount["name"] == "course"
    }


pytestmark = needs_root


def test_the_chart_takes_the_values_and_refuses_one_that_is_misspelt(rendered, helm, tmp_path):  # noqa: F811
    assert ("Deployment", "hub") in rendered
    done = render(helm, tmp_path, YOURS | {"singleusr": {}})
    assert done.returncode != 0
    assert "singleusr" in done.stderr


def test_a_student_mounts_its_own_folders_and_writes_into_one(pods):
    place = "/srv/nbgrader/exchange/cnn"
    assert mounts(pods[STUDENT]) == {
        f"{place}/outbound": ("exchange/cnn/outbound", True),
        f"{place}/inbound": ("exchange/cnn/inbound/ada", False),
        f"{place}/feedback": ("exchange/cnn/feedback/ada", True),
        f"{place}/receipts": ("exchange/cnn/receipts/ada", True),
    }
    assert mounts(pods["b.o@x.y"])[f"{place}/inbound"] == ("exchange/cnn/inbound/b.o@x.y", False)


def test_an_instructor_mounts_the_exchange_and_the_course(pods):
    assert mounts(pods[INSTRUCTOR]) == {
        "/srv/nbgrader/exchange/cnn": ("exchange/cnn", False),
        "/home/jovyan/cnn": ("courses/cnn", False),
    }


def test_folders_are_made_before_they_are_mounted(made):
    exchange = made["exchange"]
    for student in STUDENTS[:2]:
        for name in ("inbound", "feedback", "receipts"):
            assert (exchange / name / student).is_dir()
    assert (exchange / "outbound").is_dir()
    assert not (exchange / "inbound" / INSTRUCTOR).exists()


def test_who_is_in_no_group_and_whose_name_leads_elsewhere_gets_no_pod(pods):
    assert "in no group of the course cnn" in pods["eve"]["refused"]
    for name in ("{pod_name}", ".."):
        assert "cannot be the name of a folder" in pods[name]["refused"]


@pytest.mark.parametrize("name", [STUDENT, INSTRUCTOR])
def test_no_pod_has_a_right_that_it_does_not_need(pods, name):
    spec = pods[name]["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not spec.get("hostNetwork")
    for container in [*spec["containers"], *spec.get("initContainers", [])]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert not container["securityContext"].get("privileged")
    assert spec["containers"][0]["securityContext"]["runAsUser"] == 1000


@pytest.mark.parametrize("name", [STUDENT, INSTRUCTOR])
def test_every_pod_has_limits_and_says_who_and_what_it_is(pods, name):
    [server] = pods[name]["spec"]["containers"]
    assert server["resources"]["limits"] == {"cpu": 2, "memory": 3 * 2**30}
    role = "student" if name == STUDENT else "instructor"
    environment = {found["name"]: found.get("value") for found in server["env"]}
    assert environment["JUPYTERHUB_USER"] == name
    assert environment["COURSE_ID"] == COURSE
    assert environment["AUTOGRADER_CHECK_URL"] == "http://course-check/services/check/"
    settings = f"/opt/course/etc/{role}:/opt/course/etc/common"
    assert environment["JUPYTER_CONFIG_PATH"] == settings
    assert ("COURSE_DEPLOYMENT" in environment) == (role == "instructor")
    assert server["args"][0] == "/opt/course/start-server"


def test_where_somebody_grades_the_doctor_comes_first(pods):
    [examined] = pods[INSTRUCTOR]["spec"]["initContainers"]
    assert examined["command"] == ["autograder", "doctor"]
    assert not pods[STUDENT]["spec"].get("initContainers")


def test_a_servers_token_says_that_its_person_is_there_and_asks_the_check_service(made):
    check = "access:services!service=check"
    for name in (STUDENT, INSTRUCTOR):
        scopes = set(made["pods"][name]["scopes"])
        assert scopes == {"users:activity!user", check}
    roles = {role["name"]: role for role in made["roles"]}
    assert "server" not in roles
    assert roles["check"]["scopes"] == [check]
    assert roles["check"]["groups"] == ["nbgrader-cnn", "formgrade-cnn"]


def test_a_student_reaches_the_hub_the_check_service_and_names(rendered):
    policy = rendered["NetworkPolicy", "singleuser"]["spec"]
    assert "Egress" in policy["policyTypes"]
    reached = [to for rule in policy["egress"] for to in rule["to"]]
    assert not [to for to in reached if "ipBlock" in to]
    components = {
        to["podSelector"]["matchLabels"].get("component")
        or to["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
        for to in reached
        if "podSelector" in to
    }
    assert components == {"hub", "proxy", "autohttps", "check"}
    [names] = [rule for rule in policy["egress"] if "namespaceSelector" in rule["to"][0]]
    assert {port["port"] for port in names["ports"]} == {53}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_pod_is_one_of_kubernetes(pods, version):
    validate = pytest.importorskip("kubernetes_validate", reason="make test-kubernetes fetches it")
    for name in (STUDENT, INSTRUCTOR):
        pod = {k: v for k, v in pods[name].items() if k != "scopes"}
        validate.validate(pod | {"apiVersion": "v1", "kind": "Pod"}, version, strict=True)


HUB = hub(Path("/nonexistent"))
ODD = st.sampled_from([*"+/\\.-# %?;'{}*é\u2028\x7f\ud800", "release", "collect", "a" * 99])


@given(st.text() | st.lists(ODD | st.text(max_size=2), max_size=5).map("".join))
def test_whoever_gets_a_pod_can_be_collected_from(name):
    """What the hub's own file calls a name is one for the collecting, but for nbgrader's sign."""
    short = len(name.encode(errors="replace")) <= 100
    assert HUB.is_plain(name) == (is_plain(name) and short and "+" not in name)


def test_a_name_that_could_lead_out_of_its_folder_is_refused(tmp_path):
    file = hub(tmp_path)
    for name in (
        "",
        ".",
        "..",
        ".x",
        "a/b",
        "a\\b",
        "a\0b",
        "{username}",
        "a+t+b",
        "-x",
        "a" * 101,
    ):
        with pytest.raises(file.NotOursError):
            file.prepare("student", name)
    assert list(tmp_path.rglob("*")) == []
