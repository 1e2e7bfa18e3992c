"""The chart's cluster that grades: off until asked for, narrow as the rest, a key for each part."""

import pytest
import yaml

from tests.conftest import ROOT
from tests.kubernetes.test_chart import IMAGE, VERSIONS, helm, pods, refuses, run, settings

__all__ = ["helm"]  # the fixture
PARTS = ("scheduler", "worker")


@pytest.fixture(scope="session")
def rendered(helm):
    done = run(helm, "template", "course", settings=(*IMAGE, "grading.workers=3"))
    assert done.returncode == 0, done.stderr
    objects = [found for found in yaml.safe_load_all(done.stdout) if found]
    return {(found["kind"], found["metadata"]["name"]): found for found in objects}


@pytest.fixture(scope="session")
def parts(rendered):
    return {part: pods(rendered)[f"course-grading-{part}"] for part in PARTS}


def test_values_that_make_no_sense_are_refused():
    grading = settings()["grading"]
    assert refuses(settings(grading=grading | {"workers": -1}))
    assert refuses(settings(grading=grading | {"worker": 2}))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_one_of_kubernetes(rendered, version):
    validate = pytest.importorskip("kubernetes_validate", reason="make test-kubernetes fetches it")
    assert len(rendered) == 12
    for found in rendered.values():
        validate.validate(found, version, strict=True)


def test_helm_lints_it_strictly(helm):
    done = run(helm, "lint", "--strict", settings=(*IMAGE, "grading.workers=3"))
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_pods_have_no_rights_no_token_and_nothing_of_the_course(parts):
    for pod in parts.values():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not any("persistentVolumeClaim" in volume for volume in pod["volumes"])
        for container in pod.get("initContainers", []) + pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"] is True
            assert container["securityContext"]["allowPrivilegeEscalation"] is False
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_each_has_its_own_key_and_no_other(parts):
    for part, pod in parts.items():
        [volume] = [volume for volume in pod["volumes"] if "secret" in volume]
        paths = [item["path"] for item in volume["secret"]["items"]]
        assert paths == ["ca.pem", f"{part}.pem", f"{part}.key"]
        [container] = pod["containers"]
        assert f"--tls-key=/etc/grading/certificates/{part}.key" in container["args"]


def test_a_worker_starts_only_where_it_can_confine_submissions(parts):
    assert [c["command"] for c in parts["worker"]["initContainers"]] == [["autograder", "doctor"]]


def test_the_settings_are_those_of_every_cluster(rendered):
    written = rendered["ConfigMap", "course-grading"]["data"]["grading.yaml"]
    there = yaml.safe_load((ROOT / "deploy" / "dask" / "grading.yaml").read_text())
    assert yaml.safe_load(written) == there


def test_the_parts_reach_each_other_and_nothing_else(rendered):
    for part, egress in (("scheduler", 1), ("worker", 2)):
        spec = rendered["NetworkPolicy", f"course-grading-{part}"]["spec"]
        assert spec["policyTypes"] == ["Ingress", "Egress"]
        [incoming] = spec["ingress"]
        names = {
            peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
            for peer in incoming["from"] + spec["egress"][0]["to"]
        }
        assert names <= {f"grading-{other}" for other in PARTS}
        assert len(spec["egress"]) == egress  # the second is the cluster's names
