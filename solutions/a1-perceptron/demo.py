"""The made-up class of `make demo`: each student is a kind of submission that really arrives."""

from autograder.authoring.demo import Student, add, change, reverse, write

DIFFERENTLY = (
    write(
        "perceptron_pass",
        """
def perceptron_pass(x, t, w, b):
    both, rows, wrong = np.append(w, b), np.column_stack([x, np.ones(len(x))]), 0
    for row, sign in zip(rows, 2 * t - 1):
        if (row @ both > 0) != (sign > 0):
            both, wrong = both + sign * row, wrong + 1
    return both[:-1], both[-1], wrong
""",
    ),
    write(
        "logistic_cost",
        """
def logistic_cost(x, t, w, b, weight_decay=0.0):
    z = (x @ w + b) * np.where(t == 1, -1, 1)
    return np.logaddexp(0, z).mean() + weight_decay * np.sum(w**2) / 2
""",
    ),
)

STUDENTS = [
    Student("ada"),  # perfect
    Student("blaise", DIFFERENTLY),  # perfect, but written differently
    Student("carl", (change("predict", "> 0", ">= 0"),)),  # a score of 0 answered by 1
    Student(  # the gradient of a sum, where the cost has a mean
        "dorothy", (change("logistic_gradient", " / len(x)", ""),)
    ),
    Student(  # the formula as it stands
        "emmy",
        (
            write(
                "logistic_cost",
                """
def logistic_cost(x, t, w, b, weight_decay=0.0):
    p = sigmoid(x @ w + b)
    losses = -t * np.log(p) - (1 - t) * np.log(1 - p)
    return np.mean(losses) + weight_decay / 2 * np.sum(w**2)
""",
            ),
        ),
    ),
    Student(  # an import that is not allowed
        "felix",
        (change("classify", "units = [", "from sklearn.svm import SVC\n\nunits = ["),),
    ),
    Student("grace", (change("convergence_bound", "/ smallest**2", "/ smallest"),)),  # no square
    Student("kurt", (add("print('my notes')"), reverse)),  # cells out of order
    Student(  # too few steps
        "henri", (change("classify", "lr=3.0, epochs=5", "lr=0.01, epochs=1"),)
    ),
    Student("nikolai", file=None),  # nothing submitted
    Student("olga", days_late=1.5),  # late
    Student("paul", (write("words", "YOUR ANSWER HERE"),)),  # no answer to the question in words
]
