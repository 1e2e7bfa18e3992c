"""The course's own chart: linted and rendered by helm, its pods as narrow as the guide says."""

import json
import os
import shutil
import subprocess

import jsonschema
import pytest
import yaml

from autograder.cli import _parser
from tests.conftest import ROOT
from tests.kubernetes.pods import KUBERNETES

CHART = KUBERNETES / "course"
TOOLS = ROOT / "build" / "kubernetes"  # what `make test-kubernetes` fetches
VERSIONS = ("1.31", "1.33", "1.35", "1.37")
IMAGE = ("image.name=registry.example.org/cnn-course", "image.tag=2026-11-26")


@pytest.fixture(scope="session")
def helm():
    found = shutil.which("helm", path=f"{TOOLS / 'bin'}:{os.environ['PATH']}")
    return found or pytest.skip("helm is missing: make test-kubernetes fetches it")


def run(helm, *arguments, settings=IMAGE):
    given = [part for setting in settings for part in ("--set", setting)]
    command = [helm, *arguments, str(CHART), *given, "--namespace=course"]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="session")
def rendered(helm):
    """The objects of the chart by kind and name."""
    done = run(helm, "template", "course")
    assert done.returncode == 0, done.stderr
    objects = [found for found in yaml.safe_load_all(done.stdout) if found]
    return {(found["kind"], found["metadata"]["name"]): found for found in objects}


def pods(rendered):
    return {
        name: found["spec"]["template"]["spec"]
        for (kind, name), found in rendered.items()
        if kind == "Deployment"
    }


def settings(**changed):
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    values["image"] |= {"name": "cnn-course", "tag": "1"}
    return values | changed


def refuses(values):
    schema = json.loads((CHART / "values.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(values)]


def test_the_charts_own_values_are_those_that_its_schema_takes():
    assert refuses(settings()) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"vloume": {"size": "1Gi"}}, "vloume"),
        ({"volume": {"size": "1Gi", "storageclass": "nfs"}}, "storageclass"),
        ({"volume": {"size": "much"}}, "much"),
        ({"course": "../x"}, "../x"),
        ({"image": {"name": "", "tag": "1"}}, "non-empty"),
        ({"check": settings()["check"] | {"replicas": 0}}, "minimum"),
        ({"hub": {"url": "http://hub:8081", "secretName": "hub"}}, "hub/api"),
    ],
)
def test_a_value_that_is_misspelt_or_makes_no_sense_is_refused(changed, said):
    [message] = refuses(settings(**changed))
    assert said in message


def test_helm_lints_the_chart_strictly(helm):
    done = run(helm, "lint", "--strict")
    assert done.returncode == 0, done.stdout + done.stderr


def test_helm_refuses_what_the_schema_refuses(helm):
    done = run(helm, "template", "course", settings=(*IMAGE, "wacth.egress=x"))
    assert done.returncode != 0
    assert "wacth" in done.stderr


def test_helm_says_that_the_image_has_to_be_named(helm):
    done = run(helm, "template", "course", settings=())
    assert done.returncode != 0
    assert "image" in done.stderr


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_one_of_kubernetes(rendered, version):
    validate = pytest.importorskip("kubernetes_validate", reason="make test-kubernetes fetches it")
    assert len(rendered) == 6
    for found in rendered.values():
        validate.validate(found, version, strict=True)


def test_no_pod_of_the_course_has_more_than_it_needs(rendered):
    """What Kubernetes calls the restricted standard, and no token of the cluster's."""
    assert set(pods(rendered)) == {"course-check", "course-watch"}
    for pod in pods(rendered).values():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 1000
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["initContainers"] + pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


def test_a_pod_that_runs_submissions_starts_only_where_it_can_confine_them(rendered):
    for pod in pods(rendered).values():
        assert [c["command"] for c in pod["initContainers"] if c["name"] == "doctor"] == [
            ["autograder", "doctor"]
        ]


def test_the_check_service_sees_of_the_volume_what_students_may_see(rendered):
    [container] = pods(rendered)["course-check"]["containers"]
    mounts = [found for found in container["volumeMounts"] if found["name"] == "files"]
    assert [m["subPath"] for m in mounts] == ["courses/cnn/public", "exchange/cnn/outbound"]
    assert container["command"][-2:] == [m["mountPath"] for m in mounts]
    assert all(m["readOnly"] for m in mounts)


def test_there_is_one_watcher_and_never_two(rendered):
    spec = rendered["Deployment", "course-watch"]["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}
    [container] = spec["template"]["spec"]["containers"]
    watch = _parser().parse_args([*container["command"][1:], *container["args"]])
    assert watch.workers == int(container["resources"]["limits"]["cpu"])


def test_nobody_reaches_the_watcher_and_it_reaches_nobody(rendered):
    spec = rendered["NetworkPolicy", "course-watch"]["spec"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["ingress"] == spec["egress"] == []


def test_peoples_servers_reach_the_check_service_which_reaches_the_hub(rendered):
    spec = rendered["NetworkPolicy", "course-check"]["spec"]
    [incoming] = spec["ingress"]
    assert incoming["from"] == [
        {"podSelector": {"matchLabels": {"app": "jupyterhub", "component": "singleuser-server"}}}
    ]
    ports = [port["port"] for rule in spec["egress"] for port in rule["ports"]]
    assert ports == [8081, 53, 53]


def test_what_students_handed_in_outlives_the_chart(rendered):
    annotations = rendered["PersistentVolumeClaim", "course-files"]["metadata"]["annotations"]
    assert annotations == {"helm.sh/resource-policy": "keep"}
