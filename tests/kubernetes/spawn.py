"""Run as the hub: print the pods that a real KubeSpawner makes of the chart's own configuration.

python spawn.py NAME=GROUP …
"""

import asyncio
import json
import sys

from jupyterhub import orm
from jupyterhub.auth import NullAuthenticator
from jupyterhub.objects import Hub
from jupyterhub.user import User
from jupyterhub.utils import maybe_future
from kubespawner import KubeSpawner
from traitlets.config.loader import PyFileConfigLoader

FOLDER = "/usr/local/etc/jupyterhub"


async def pod_of(settings: dict, db: orm.Session, name: str, group: str) -> dict:
    person = orm.User(name=name)
    db.add(person)
    if group:
        known = orm.Group.find(db, group)
        person.groups = [known or orm.Group(name=group)]
    db.commit()
    user = User(person, settings, db=db)
    spawner = user._new_spawner("", spawner_class=KubeSpawner)
    spawner.api_token = "a token"
    try:
        await maybe_future(spawner.run_pre_spawn_hook())
    except Exception as refused:
        return {"refused": refused.jupyterhub_message}
    manifest = await spawner.get_pod_manifest()
    pod = spawner.api.api_client.sanitize_for_serialization(manifest)
    return pod | {"scopes": list(spawner.server_token_scopes)}


async def main() -> None:
    sys.stdout, told = sys.stderr, sys.stdout
    config = PyFileConfigLoader("jupyterhub_config.py", path=FOLDER).load_config()
    hub = Hub(url=config.JupyterHub.hub_connect_url, base_url="/hub/")
    settings = {"config": config, "hub": hub, "authenticator": NullAuthenticator()}
    db = orm.new_session_factory("sqlite:///:memory:")()
    pods = {}
    for name, _, group in (person.partition("=") for person in sys.argv[1:]):
        pods[name] = await pod_of(settings, db, name, group)
    json.dump({"pods": pods, "roles": config.JupyterHub.load_roles}, told, default=str)


asyncio.run(main())
