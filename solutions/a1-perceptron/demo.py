"""The made-up class of `make demo`: each student is a kind of submission that really arrives."""

from autograder.authoring.crowd import Crowd, Question
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

# What the others of the class write: right answers in other styles, and slips of them.
CROWD = Crowd(
    {
        "predict": Question(
            (
                "def predict(x, w, b):\n    return (x @ w + b > 0).astype(int)\n",
                "def predict(x, w, b):\n    return np.where(np.dot(x, w) + b > 0, 1, 0)\n",
                """
def predict(x, w, b):
    answers = []
    for example in x:
        score = b
        for weight, value in zip(w, example, strict=True):
            score += weight * value
        answers.append(1 if score > 0 else 0)
    return np.array(answers)
""",
            ),
            (("> 0", ">= 0"), (".astype(int)", ""), ("+ b > 0", "> 0"), ("+ b > 0", "+ b > 0.5")),
            hard=-1.2,
        ),
        "perceptron_pass": Question(
            (
                """
def perceptron_pass(x, t, w, b):
    mistakes = 0
    for example, target in zip(x, t):
        error = target - predict(example[None], w, b)[0]
        w, b = w + error * example, b + error
        mistakes += int(error != 0)
    return w, b, mistakes
""",
                """
def perceptron_pass(x, t, w, b):
    w, wrong = w.copy(), 0
    for n in range(x.shape[0]):
        y = 1 if w @ x[n] + b > 0 else 0
        if y != t[n]:
            w = w + (t[n] - y) * x[n]
            b = b + (t[n] - y)
            wrong = wrong + 1
    return w, b, wrong
""",
                """
def perceptron_pass(x, t, w, b):
    w = np.array(w)
    wrong = []
    for n, row in enumerate(x):
        fires = np.sum(row * w) > -b
        if fires and t[n] == 0:
            w -= row
            b -= 1
            wrong.append(n)
        elif not fires and t[n] == 1:
            w += row
            b += 1
            wrong.append(n)
    return w, b, len(wrong)
""",
            ),
            (
                ("int(error != 0)", "error"),
                ("b = b + (t[n] - y)", "b = b"),
                ("if y != t[n]:", "if y < t[n]:"),
                ("target - predict(example[None], w, b)[0]", "target - (example @ w + b)"),
                ("len(wrong)", "wrong"),
            ),
            hard=-0.3,
        ),
        "train_perceptron": Question(
            (
                """
def train_perceptron(x, t, max_passes=100):
    w, b, mistakes = np.zeros(x.shape[1]), 0.0, []
    while len(mistakes) < max_passes:
        w, b, count = perceptron_pass(x, t, w, b)
        mistakes += [count]
        if not count:
            break
    return w, b, mistakes
""",
                """
def train_perceptron(x, t, max_passes=100):
    w = np.zeros(len(x[0]))
    b, history = 0, []
    for _ in range(max_passes):
        w, b, wrong = perceptron_pass(x, t, w, b)
        history.append(wrong)
        if wrong == 0:
            return w, b, history
    return w, b, history
""",
            ),
            (
                ("range(max_passes)", "range(max_passes - 1)"),
                ("return w, b, mistakes", "return w, b, len(mistakes)"),
                ("        if not count:\n            break\n", ""),
                ("np.zeros(x.shape[1])", "np.ones(x.shape[1])"),
            ),
            hard=-0.1,
        ),
        "convergence_bound": Question(
            (
                """
def convergence_bound(x, t, w, b):
    length = np.sqrt(np.sum(w**2) + b**2)
    scores = (x @ w + b) / length
    margins = np.where(t == 1, scores, -scores)
    if np.min(margins) <= 0:
        raise ValueError("not separated")
    radius = np.max(np.sqrt(np.sum(x**2, axis=1) + 1))
    return (radius / np.min(margins)) ** 2
""",
                """
def convergence_bound(x, t, w, b):
    u = np.concatenate([w, [b]])
    u = u / np.linalg.norm(u) if u.any() else u
    rows = np.c_[x, np.ones(len(x))] * (2 * t - 1)[:, None]
    gamma = (rows @ u).min()
    if gamma <= 0:
        raise ValueError(f"margin {gamma}")
    return np.square(np.linalg.norm(rows, axis=1).max() / gamma)
""",
                """
def convergence_bound(x, t, w, b):
    extended = np.column_stack([x, np.ones(len(x))])
    u = np.append(w, b)
    smallest = ((2 * t - 1) * (extended @ u)).min()
    if smallest <= 0:
        raise ValueError("these weights leave no margin")
    return (extended**2).sum(axis=1).max() * (u @ u) / smallest**2
""",
            ),
            (
                ("/ smallest**2", "/ smallest"),
                ("axis=1) + 1", "axis=1)"),
                ("np.sum(w**2) + b**2", "np.sum(w**2)"),
                ("np.min(margins)) ** 2", "np.min(margins))"),
                ('raise ValueError("not separated")', "return np.inf"),
            ),
            hard=0.5,
        ),
        "sigmoid": Question(
            (
                "def sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n",
                "def sigmoid(z):\n    return (np.tanh(z / 2) + 1) / 2\n",
                """
def sigmoid(z):
    result = np.empty_like(z)
    positive = z >= 0
    result[positive] = 1 / (1 + np.exp(-z[positive]))
    result[~positive] = np.exp(z[~positive]) / (1 + np.exp(z[~positive]))
    return result
""",
            ),
            (("np.exp(-z))", "np.exp(z))"), ("(np.tanh(z / 2) + 1) / 2", "np.tanh(z)")),
            hard=-1.5,
        ),
        "logistic_cost": Question(
            (
                """
def logistic_cost(x, t, w, b, weight_decay=0.0):
    z = x @ w + b
    return np.mean(np.logaddexp(0, z) - t * z) + weight_decay * np.sum(w**2) / 2
""",
                """
def logistic_cost(x, t, w, b, weight_decay=0.0):
    s = 2 * t - 1
    losses = np.logaddexp(0, -s * (x @ w + b))
    return losses.sum() / len(losses) + weight_decay / 2 * np.linalg.norm(w) ** 2
""",
                """
def logistic_cost(x, t, w, b, weight_decay=0.0):
    z = np.where(t == 1, x @ w + b, -(x @ w + b))
    calm = np.maximum(z, -50)
    losses = np.where(z < -50, -z, np.log1p(np.exp(-calm)))
    return losses.mean() + weight_decay / 2 * np.inner(w, w)
""",
            ),
            (
                ("np.logaddexp(0, z) - t * z", "np.log(1 + np.exp(z)) - t * z"),
                ("losses.sum() / len(losses)", "losses.sum()"),
                (" + weight_decay / 2 * np.inner(w, w)", ""),
                ("np.sum(w**2) / 2", "np.sum(w**2)"),
                ("weight_decay * np.sum(w**2) / 2", "weight_decay * np.mean(w**2)"),
            ),
            hard=0.4,
        ),
        "logistic_gradient": Question(
            (
                """
def logistic_gradient(x, t, w, b, weight_decay=0.0):
    error = sigmoid(x @ w + b) - t
    return x.T @ error / len(t) + weight_decay * w, error.mean()
""",
                """
def logistic_gradient(x, t, w, b, weight_decay=0.0):
    dw, db = weight_decay * w, 0.0
    for row, target in zip(x, t):
        error = np.tanh((row @ w + b) / 2) / 2 + 0.5 - target
        dw = dw + error * row / len(x)
        db += error / len(x)
    return dw, db
""",
            ),
            (
                (" / len(t)", ""),
                (" + weight_decay * w", ""),
                ("- target", "+ target"),
                ("error.mean()", "error.sum()"),
            ),
            hard=0.1,
        ),
        "train_logistic": Question(
            (
                """
def train_logistic(x, t, batch_size=32, lr=0.5, epochs=10, weight_decay=0.0, seed=0):
    rng = np.random.default_rng(seed)
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch_size):
            batch = order[start : start + batch_size]
            dw, db = logistic_gradient(x[batch], t[batch], w, b, weight_decay)
            w = w - lr * dw
            b = b - lr * db
    return w, b
""",
            ),
            (
                ("w - lr * dw", "w + lr * dw"),
                (", w, b, weight_decay)", ", w, b)"),
                ("order = rng.permutation(len(x))", "order = np.arange(len(x))"),
                ("for _ in range(epochs):", "for _ in range(1):"),
            ),
            hard=0.3,
        ),
    },
    words={
        "words": (
            "No line separates the corners of XOR; a perceptron goes on making mistakes for ever.",
            "XOR is not linearly separable. Logistic regression ends at p = 0.5 everywhere.",
            "The rule never stops, because every pass makes a mistake. It needs a hidden layer.",
        )
    },
)
