c = get_config()  # noqa: F821

# Everybody on this machine can reach a kernel's port: what passes through it is encrypted.
c.KernelManager.transport_encryption = "auto"
