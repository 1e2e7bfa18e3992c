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
before, start = set(sys.modules), time.perf_counter()
import cnnkit
spent = time.perf_counter() - start
roots = {name.partition(".")[0] for name in set(sys.modules) - before}
print(spent, *(roots - sys.stdlib_module_names - {"numpy"}))
"""
    spent, *roots = fresh(code)
    assert roots == ["cnnkit"]
    assert float(spent) < 0.2  # beside NumPy's own


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
