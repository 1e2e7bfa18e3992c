"""The made-up class of `make demo`: each student is a kind of submission that really arrives."""

from autograder.authoring.demo import Student, add, change, reverse, write

DIFFERENTLY = (
    write(
        "max_pool",
        """
def max_pool(x, size, stride, pad=0):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=-np.inf)
    rows, columns = (x.shape[2] - size) // stride + 1, (x.shape[3] - size) // stride + 1
    y = np.empty((x.shape[0], x.shape[1], rows, columns))
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            y[:, :, i, j] = x[:, :, top : top + size, left : left + size].max(axis=(2, 3))
    return y
""",
    ),
    write(
        "shifted_accuracy",
        """
def shifted_accuracy(classify, x, labels, shifts):
    wide = np.pad(x, ((0, 0), (0, 0), (0, 0), (x.shape[3], x.shape[3])))
    right = []
    for v in shifts:
        start = int(np.clip(x.shape[3] - v, 0, 2 * x.shape[3]))
        right.append((classify(wide[..., start : start + x.shape[3]]) == labels).mean())
    return np.asarray(right)
""",
    ),
)

STUDENTS = [
    Student("ada"),  # perfect
    Student("blaise", DIFFERENTLY),  # perfect, but written differently
    Student(  # overlapping windows overwrite one another
        "carl", (change("max_pool_backward", "[taps] += dy *", "[taps] = dy *"),)
    ),
    Student(  # zeros in the border win
        "dorothy", (change("max_pool", ", constant_values=-np.inf", ""),)
    ),
    Student(  # the mean of the squares; what goes back through it only follows
        "emmy", (change("l2_pool", "size * np.sqrt", "np.sqrt"),)
    ),
    Student(  # an import that is not allowed
        "felix", (change("shift_figure", "def shift", "import torch\n\n\ndef shift"),)
    ),
    Student(  # what comes in is not 0
        "grace", (change("shifted_accuracy", "moved = np.zeros_like(x)", "moved = x.copy()"),)
    ),
    Student("henri", (change("classify", ", lr=0.1, epochs=2", ""),)),  # too few steps
    Student("kurt", (add("print('my notes')"), reverse)),  # cells out of order
    Student("nikolai", file=None),  # nothing submitted
    Student("olga", days_late=1.5),  # late
    Student("paul", (write("words", "YOUR ANSWER HERE"),)),  # no answer to the question in words
]
