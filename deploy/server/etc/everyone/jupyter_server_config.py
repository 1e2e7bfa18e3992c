c = get_config()  # noqa: F821

# Everybody on this machine can reach a kernel's port: what passes through it is encrypted.
c.KernelManager.transport_encryption = "auto"
# A lecture's settings stand beside it, and are nothing to open.
beside = ["[0-9][0-9]-*.toml", "lectures.toml"]
c.ContentsManager.hide_globs = ["__pycache__", "*.pyc", "*.pyo", ".DS_Store", "*~", *beside]
