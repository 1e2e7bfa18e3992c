"""The made-up class of `make demo`: each student is a kind of submission that really arrives."""

from autograder.authoring.demo import Student, add, change, reverse, write

DIFFERENTLY = (
    write(
        "dropout",
        """
def dropout(x, u, drop):
    kept = x / (1 - drop)
    kept[u < drop] = 0
    return kept
""",
    ),
    write(
        "early_stopping",
        """
def early_stopping(losses, patience):
    best = 0
    for epoch in range(len(losses)):
        if losses[epoch] < losses[best] or np.isnan(losses[best]):
            best = epoch
    return best, best + patience < len(losses)
""",
    ),
)

STUDENTS = [
    Student("ada"),  # perfect
    Student("blaise", DIFFERENTLY),  # perfect, but written differently
    Student(  # ln p of a p that has become 0
        "carl",
        (
            change(
                "softmax_cross_entropy",
                "log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))",
                "log_p = np.log(np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True))",
            ),
        ),
    ),
    Student(  # the way through the variance; what is trained with it only follows
        "dorothy", (change("batch_norm_backward", " - normal * beside(dw / count, x)", ""),)
    ),
    Student(  # Adam without its correction
        "emmy", (change("adam_step", "a / (1 - rho1**tau), d / (1 - rho2**tau)", "a, d"),)
    ),
    Student(  # an import that is not allowed
        "felix", (change("classify", "def classify", "import torch\n\n\ndef classify"),)
    ),
    Student(  # what leaves the picture comes in again
        "grace",
        (
            write(
                "augment",
                "def augment(x, down, right, mirrored):\n"
                "    moved = [np.roll(p, (v, u), (1, 2)) for p, v, u in zip(x, down, right)]\n"
                "    return np.where(mirrored[:, None, None, None], np.flip(moved, 3), moved)\n",
            ),
        ),
    ),
    Student(
        "henri", (change("classify", ", hidden=64, lr=0.01, epochs=20, shift=1", ""),)
    ),  # no shifts
    Student("kurt", (add("print('my notes')"), reverse)),  # cells out of order
    Student("nikolai", file=None),  # nothing submitted
    Student("olga", days_late=1.5),  # late
    Student(  # neither experiment nor conclusion
        "paul",
        (
            write("experiment", "# YOUR CODE HERE\nraise NotImplementedError()"),
            write("conclusion", "YOUR ANSWER HERE"),
        ),
    ),
]
