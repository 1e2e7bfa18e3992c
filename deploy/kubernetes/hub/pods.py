"""The hub's part of the course: what each person's pod mounts, and as what it is configured.

The chart of Zero to JupyterHub loads this file as configuration (`hub.extraFiles` in values.yaml).
The hub alone sees the whole exchange, and makes the folders in it before a pod mounts them: what is
missing the kubelet would make itself, as root's.
"""

import os
import re
from pathlib import Path
from typing import Any

hub = c  # noqa: F821  (the chart's configuration, which executes this file as a part of it)

COURSE = os.environ["COURSE_ID"]
EXCHANGE = Path(os.environ.get("COURSE_EXCHANGE", "/srv/exchange"), COURSE)  # in the hub's own pod
STUDENTS, GRADERS = f"nbgrader-{COURSE}", f"formgrade-{COURSE}"  # nbgrader's names for the groups
VOLUME = "course"  # as values.yaml calls it
MOUNTED = f"/srv/nbgrader/exchange/{COURSE}"
OWN = ("inbound", "feedback", "receipts")  # of these a student has a folder, and sees no other's
LONGEST = 100  # bytes of a name, which is a part of other names
OBEYED = set("<>&\"'`\\/*[]{};+")  # by a page, a shell, a path, a pattern, and nbgrader's own names
DOES = {"assign", "unrelease", "release", "collect", "autograde"}  # in the form-grader's addresses
DOES |= {"generate_feedback", "release_feedback"}
CHECK = "access:services!service=check"

# The token in a server is a notebook's, too: it says that its person is there, and asks for checks.
# (The role `server` stays as it is: redefined, it would give each page its person's every right.)
hub.Spawner.server_token_scopes = ["users:activity!user", CHECK]
hub.JupyterHub.load_roles.append(
    {"name": "check", "groups": [STUDENTS, GRADERS], "scopes": [CHECK]}
)


class NotOursError(Exception):
    """Somebody for whom no pod is made, and why: the page in which a server starts shows it."""

    @property
    def jupyterhub_message(self) -> str:
        return str(self)


def role_of(groups: set[str]) -> str:
    """Instructor or student, by the groups of the hub."""
    if GRADERS in groups:
        return "instructor"
    if STUDENTS in groups:
        return "student"
    raise NotOursError(f"You are in no group of the course {COURSE}: ask who gives it.")


def is_plain(name: str) -> bool:
    """Whether a folder of that name can be collected from: autograder/course/ids.py, which is not
    there in the hub's pod, asks the same."""
    begins_well = name[:1] not in ("", ".", " ", "-") and name == name.strip()
    short = len(name.encode(errors="replace")) <= LONGEST
    obeyed = OBEYED & set(name) or re.split("[#?%]", name)[0] in DOES
    return begins_well and short and name.isprintable() and not obeyed


def mounts_of(role: str, user: str) -> dict[str, dict[str, Any]]:
    """What a pod mounts of the shared volume, by names of ours."""
    if role == "instructor":
        places = {"exchange": (f"exchange/{COURSE}", MOUNTED, False)}
        places["course"] = (f"courses/{COURSE}", f"/home/jovyan/{COURSE}", False)
    else:
        places = {"outbound": (f"exchange/{COURSE}/outbound", f"{MOUNTED}/outbound", True)}
        for name in OWN:
            own = f"exchange/{COURSE}/{name}/{user}"
            places[name] = (own, f"{MOUNTED}/{name}", name != "inbound")
    return {
        f"course-{name}": {
            "name": VOLUME,
            "subPath": inside,
            "mountPath": path,
            "readOnly": read_only,
        }
        for name, (inside, path, read_only) in places.items()
    }


def prepare(role: str, user: str) -> None:
    """Make the folders that a pod mounts. NotOursError: the name cannot be a folder's."""
    if not is_plain(user):
        raise NotOursError(f"{user!r} cannot be the name of a folder in the exchange.")
    for name in ("outbound", *OWN):
        Path(EXCHANGE, name).mkdir(parents=True, exist_ok=True)
    if role == "student":
        for name in OWN:
            Path(EXCHANGE, name, user).mkdir(exist_ok=True)


def environment_of(role: str) -> dict[str, str]:
    """By what Jupyter and nbgrader know which pod they are in."""
    settings = f"/opt/course/etc/{role}"
    found = {"COURSE_ID": COURSE, "JUPYTER_CONFIG_PATH": f"{settings}:/opt/course/etc/common"}
    if role == "instructor":  # for the course's own nbgrader_config.py, which is read last
        found["COURSE_DEPLOYMENT"] = f"{settings}/nbgrader_config.py"
    return found


def doctor(image: str, security: dict[str, Any]) -> dict[str, Any]:
    """A container before the server's: where submissions cannot be confined, no pod starts in
    which somebody grades."""
    return {
        "name": "doctor",
        "image": image,
        "command": ["autograder", "doctor"],
        "securityContext": security,
    }


def pre_spawn_hook(spawner: Any) -> None:
    user = spawner.user.name
    role = role_of({group.name for group in spawner.user.groups})
    prepare(role, user)
    spawner.volume_mounts = {**spawner.volume_mounts, **mounts_of(role, user)}
    spawner.environment = {**spawner.environment, **environment_of(role)}
    if role == "instructor":
        examined = doctor(spawner.image, spawner.container_security_context)
        spawner.init_containers = [*spawner.init_containers, examined]


hub.KubeSpawner.pre_spawn_hook = pre_spawn_hook
