import subprocess
import sys


def fresh(code):
    """What `code` prints in a Python of its own."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()


def test_import_brings_neither_torch_nor_matplotlib():
    code = """
import sys, numpy, numpy.random, time
before, start = set(sys.modules), time.process_time()
import cnnkit
spent = time.process_time() - start
roots = {name.partition(".")[0] for name in set(sys.modules) - before}
print(spent, *(roots - sys.stdlib_module_names - {"numpy"}))
"""
    spent, *roots = fresh(code)
    assert roots == ["cnnkit"]
    assert float(spent) < 0.5  # of the processor, beside NumPy's own


def test_counting_running_and_saving_need_no_torch(tmp_path):
    code = f"""
import sys, numpy as np
from cnnkit.models import lenet5
from cnnkit.losses import CrossEntropyLoss
net, loss = lenet5(), CrossEntropyLoss()
str(net.summary((1, 32, 32)))
loss(net(np.ones((2, 1, 32, 32), np.float32)), [0, 1])
net.backward(loss.backward())
net.save({str(tmp_path / "w.npz")!r})
net.load({str(tmp_path / "w.npz")!r})
print("torch" in sys.modules)
"""
    assert fresh(code) == ["False"]


def test_pictures_need_numpy_matplotlib_and_pillow_alone():
    code = """
import sys
from importlib.metadata import packages_distributions

class Only:
    allowed = {"numpy", "matplotlib", "mpl_toolkits", "PIL", "cnnkit"}
    allowed |= {"contourpy", "cycler", "dateutil", "fontTools", "kiwisolver", "packaging"}
    allowed |= {"pyparsing", "six", "pylab"}  # what matplotlib brings
    def find_spec(self, name, path=None, target=None):
        root = name.partition(".")[0]
        known = root in self.allowed or root in sys.stdlib_module_names or root[0] == "_"
        if not known and root in installed:
            raise ModuleNotFoundError(f"only NumPy, matplotlib and Pillow are here, no {name}")

installed = packages_distributions()
sys.meta_path.insert(0, Only())
import numpy as np
from cnnkit import viz
from cnnkit.data.dataset import Dataset
from cnnkit.layers import Linear
points = Dataset(np.float32([[0, 0], [1, 1]]), np.array([0, 1]), ("a", "b"))
pictures = [viz.matrix(np.eye(3)), viz.decision_picture(Linear(2, 2), points)]
print(*(picture.png()[1:4].decode() for picture in pictures))
"""
    assert fresh(code) == ["PNG", "PNG"]


def test_a_data_set_brings_neither_the_catalogue_nor_downloads():
    loaded = fresh("import sys, cnnkit.data.dataset; print(*sys.modules)")
    assert "cnnkit.data.dataset" in loaded
    for name in ("catalogue", "files", "photographs", "folders"):
        assert f"cnnkit.data.{name}" not in loaded


def test_every_name_of_data_is_had_when_it_is_asked_for():
    code = """
from cnnkit import data
from cnnkit.data import *
assert set(data.__all__) <= set(dir(data))
for name in data.__all__:
    assert getattr(data, name) is globals()[name]
try:
    data.nothing
except AttributeError as error:
    print(error)
"""
    assert "'nothing'" in fresh(code)
