"""The made-up class of `make demo`: each student is a kind of submission that really arrives."""

from autograder.authoring.demo import Student, add, change, delete, reverse, write

DIFFERENTLY = (
    write(
        "zero_pad",
        """
def zero_pad(x, pad):
    count, channels, rows, columns = x.shape
    framed = np.zeros((count, channels, rows + 2 * pad, columns + 2 * pad), dtype=x.dtype)
    framed[:, :, pad : rows + pad, pad : columns + pad] = x
    return framed
""",
    ),
    write(
        "output_size",
        """
def output_size(size, kernel_size, stride=1, pad=0):
    starts = [at for at in range(0, size + 2 * pad, stride) if at + kernel_size <= size + 2 * pad]
    if not starts:
        raise ValueError("no position at all")
    return len(starts)
""",
    ),
    write(
        "conv2d_forward",
        """
def conv2d_forward(x, w, b, stride=1, pad=0):
    high = output_size(x.shape[2], w.shape[2], stride, pad)
    wide = output_size(x.shape[3], w.shape[3], stride, pad)
    framed, total = zero_pad(x, pad), b[:, None, None]
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            tap = framed[:, :, i : i + stride * high : stride, j : j + stride * wide : stride]
            total = total + np.tensordot(w[:, :, i, j], tap, axes=(1, 1)).swapaxes(0, 1)
    return total
""",
    ),
)

STUDENTS = [
    Student("ada"),  # perfect
    Student("blaise", DIFFERENTLY),  # perfect, but written differently
    Student(  # right until one function
        "carl", (change("conv2d_backward", "dy.sum(axis=(0, 2, 3))", "dy.sum(axis=(2, 3))"),)
    ),
    Student("dorothy", (change("output_size", "// stride + 1", "// stride"),)),  # off by one
    Student(  # kernel flipped
        "emmy", (change("conv2d_loops", "w[channel])", "w[channel, :, ::-1, ::-1])"),)
    ),
    Student(  # an exception at import
        "felix", (change("conv2d_forward", "def conv2d", "import tensorflow as tf\n\ndef conv2d"),)
    ),
    Student(  # an endless loop
        "grace", (change("conv2d_loops", "    return y", "    while True:\n        pass"),)
    ),
    Student(  # a memory hog
        "henri",
        (change("conv2d_forward", "    n, c,", "    hog = np.ones((4, 2**30))\n    n, c,"),),
    ),
    Student("ida", (delete("conv2d_backward_test"),)),  # a deleted test cell
    Student(  # a test cell edited to pass
        "john",
        (
            write("conv2d_backward", "def conv2d_backward(dy, x, w, stride=1, pad=0):\n    pass"),
            write("conv2d_backward_test", "assert True"),
        ),
    ),
    Student("kurt", (add("print('my notes')"), reverse)),  # cells out of order
    Student("leonhard", file="homework-3-final"),  # a renamed notebook
    Student("maria", content="Dear teacher, my notebook does not open any more.\n"),  # no notebook
    Student("nikolai", file=None),  # nothing submitted
    Student("olga", days_late=1.5),  # late
    Student("paul", (write("words", "YOUR ANSWER HERE"),)),  # no answer to the question in words
]
