c = get_config()  # noqa: F821

# Everybody on this machine can reach a kernel's port: what passes through it is encrypted.
c.KernelManager.transport_encryption = "auto"

# The account has no shell to sign in with; a terminal of the form-grader's JupyterLab has one.
c.ServerApp.terminado_settings = {"shell_command": ["/bin/bash"]}
