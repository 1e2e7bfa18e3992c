"""JupyterHub for one course on one server.

What differs from site to site stands in `hub/` of the course's home: `settings.env` (address,
ports, names), `people/` (who may sign in), and `local.py`, which is read last (sign-in, limits).
"""

import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

c = get_config()  # noqa: F821  (JupyterHub's configuration loader provides it)

HOME = Path(os.environ["COURSE_HOME"])
COURSE = os.environ["COURSE_ID"]
ADDRESS = os.environ["ADDRESS"]
PORT, HUB_PORT, PROXY_API_PORT, CHECK_PORT, FORMGRADER_PORT = (
    int(os.environ[name])
    for name in ("PORT", "HUB_PORT", "PROXY_API_PORT", "CHECK_PORT", "FORMGRADER_PORT")
)
BIN = Path(sys.executable).parent
LAB_PAGE = "/lab/tree/cnn-course/lectures/00-start.ipynb"


def settings(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if re.match("[A-Z_]+=", line))


# Units and programs are written by the settings; those that none is written by are not among these.
INSTALLED, SAID = settings(HOME / "etc" / "installed.env"), settings(HOME / "hub" / "settings.env")
if changed := sorted(name for name in INSTALLED if INSTALLED[name] != SAID.get(name)):
    sys.exit(
        f"{HOME}/hub/settings.env says another {', '.join(changed)} than the units were written "
        "by: call deploy/server/install, and start them all anew"
    )


def people(kind: str) -> set[str]:
    """The names in `people/<kind>`, one a line; what stands behind # is a remark."""
    lines = (HOME / "hub" / "people" / kind).read_text(encoding="utf-8").splitlines()
    return {name for line in lines if (name := line.partition("#")[0].strip())}


# The proxy runs by itself (cnn-proxy.service): a hub that is started anew interrupts nobody. Each
# server has a domain of its own, so that no student's page acts in another's name.
c.JupyterHub.bind_url = f"http://127.0.0.1:{PORT}"
c.JupyterHub.subdomain_host = ADDRESS if os.environ["SUBDOMAINS"] == "yes" else ""
# JupyterHub's link to a service of its own domain leaves the port out.
c.JupyterHub.template_paths = [f"{HOME}/etc/templates"]
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{HUB_PORT}"
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{PROXY_API_PORT}"
c.JupyterHub.cleanup_servers = False
c.JupyterHub.last_activity_interval = 10  # s: as often routes are given to a proxy that lost them
c.JupyterHub.db_url = f"sqlite:///{HOME}/hub/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = f"{HOME}/hub/cookie_secret"

# Who may sign in, and as what: nbgrader's names for the groups. Nobody is the hub's administrator.
STUDENTS, INSTRUCTORS = people("students"), people("instructors")
c.JupyterHub.authenticator_class = "pam"
c.Authenticator.allowed_users = STUDENTS | INSTRUCTORS
# Who has been taken out of `people/` is forgotten, with groups, tokens and cookies.
c.Authenticator.username_pattern = f"^({'|'.join(map(re.escape, STUDENTS | INSTRUCTORS))})$"
c.Authenticator.delete_invalid_users = True
c.Authenticator.allow_existing_users = False
c.JupyterHub.load_groups = {
    f"nbgrader-{COURSE}": {"users": sorted(STUDENTS)},
    f"formgrade-{COURSE}": {"users": sorted(INSTRUCTORS)},
}
CHECK, FORMGRADER = "access:services!service=check", f"access:services!service={COURSE}"
c.JupyterHub.load_roles = [
    {"name": "students", "groups": [f"nbgrader-{COURSE}"], "scopes": [CHECK]},
    {
        "name": "instructors",
        "groups": [f"formgrade-{COURSE}"],
        "scopes": [CHECK, FORMGRADER, "list:services", f"read:services!service={COURSE}"],
    },
    {
        "name": "culler",
        "services": ["culler"],
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
    },
]

# Everybody's own server, an instructor's, too: lectures, assignments from the exchange, Validate.
# Its token goes to the check service, too, and opens no server; nbgrader's examples widen the role
# `server`: do not.
c.JupyterHub.spawner_class = "localprocess"
c.LocalProcessSpawner.shell_cmd = []
c.Spawner.cmd = [f"{HOME}/etc/start-server"]
c.Spawner.default_url = LAB_PAGE
c.Spawner.notebook_dir = "~"
c.Spawner.server_token_scopes = ["users:activity!user", CHECK]
c.Spawner.http_timeout = c.Spawner.start_timeout = 120
c.Spawner.env_keep = ["LANG", "LC_ALL", "TZ"]
c.Spawner.environment = {  # beside these it inherits nothing of the hub's environment
    "PATH": f"{BIN}:/usr/local/bin:/usr/bin:/bin",
    "COURSE_HOME": str(HOME),
    "COURSE_ID": COURSE,
    "JUPYTER_CONFIG_PATH": f"{HOME}/etc/everyone:{HOME}/etc/jupyter",
    "AUTOGRADER_CHECK_URL": f"http://127.0.0.1:{CHECK_PORT}/services/check/",
    "GIT_CONFIG_SYSTEM": f"{HOME}/etc/gitconfig",
}

c.JupyterHub.services = [
    {  # the form-grader, under the one account that owns the course (cnn-formgrader.service)
        "name": COURSE,
        "url": f"http://127.0.0.1:{FORMGRADER_PORT}",
        "api_token": os.environ["FORMGRADER_TOKEN"],
        "oauth_no_confirm": True,
    },
    {  # Validate (cnn-check.service)
        "name": "check",
        "url": f"http://127.0.0.1:{CHECK_PORT}",
        "api_token": os.environ["CHECK_TOKEN"],
        "display": False,
    },
    {
        "name": "culler",  # ends with the hub, whatever has ended that
        "command": [
            *("setpriv", "--pdeathsig", "TERM"),
            *(sys.executable, "-m", "jupyterhub_idle_culler", "--timeout=3600"),
        ],
    },
]

if (HOME / "hub" / "local.py").is_file():
    load_subconfig(str(HOME / "hub" / "local.py"))  # noqa: F821
AT = urlsplit(ADDRESS)
c.JupyterHub.template_vars.update({"host": AT.hostname, "authority": AT.netloc})
