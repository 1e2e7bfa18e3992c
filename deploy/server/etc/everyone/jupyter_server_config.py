c = get_config()  # noqa: F821

# Everybody on this machine can reach a kernel's port: what passes through it is encrypted.
c.KernelManager.transport_encryption = "auto"
# A lecture's settings stand beside it, and are nothing to open.
c.ContentsManager.hide_globs.extend(["[0-9][0-9]-*.toml", "lectures.toml"])
