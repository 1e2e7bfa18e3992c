"""The made-up class of `make demo`: each student is a kind of submission that really arrives."""

from autograder.authoring.demo import Student, add, change, reverse, write

DIFFERENTLY = (
    write(
        "topological_order",
        """
def topological_order(graph):
    order, done, waiting = [], set(), list(graph)[::-1]
    while waiting:
        name = waiting[-1]
        missing = [p for p in graph[name][1:] if p in graph and p not in done]
        if missing and name not in done:
            waiting += missing
            continue
        waiting.pop()
        if name not in done:
            done.add(name)
            order.append(name)
    return order
""",
    ),
    write(
        "network_gradient",
        """
def network_gradient(X, T, W1, b1, W2, b2):
    grads = [np.zeros_like(parameter) for parameter in (W1, b1, W2, b2)]
    for x, t in zip(X, T):
        z1, h, z2 = network_forward(x, W1, b1, W2, b2)
        d = 2 / len(X) * (z2 - t)
        back = np.where(z1 > 0, W2 @ d, 0)
        for grad, part in zip(grads, (np.outer(x, back), back, np.outer(h, d), d)):
            grad += part
    return grads
""",
    ),
)

RECURSIVE = """
def topological_order(graph):
    order = []

    def visit(name):
        if name in graph and name not in order:
            for parent in graph[name][1:]:
                visit(parent)
            order.append(name)

    for name in graph:
        visit(name)
    return order
"""

STUDENTS = [
    Student("ada"),  # perfect
    Student("blaise", DIFFERENTLY),  # perfect, but written differently
    Student(  # a node that is used twice keeps what the last use gave
        "carl", (change("backward", "grad[parent] += ", "grad[parent] = "),)
    ),
    Student("dorothy", (change("network_gradient", " / len(X)", ""),)),  # the mean forgotten
    Student("emmy", (write("topological_order", RECURSIVE),)),  # a call for each node
    Student(  # an import that is not allowed
        "felix", (change("classify", "trained =", "import torch\n\ntrained ="),)
    ),
    Student(  # the order by a library, where it is to be written
        "grace",
        (
            write(
                "topological_order",
                """
from graphlib import TopologicalSorter

def topological_order(graph):
    parents = {name: node[1:] for name, node in graph.items()}
    return [name for name in TopologicalSorter(parents).static_order() if name in graph]
""",
            ),
        ),
    ),
    Student("henri", (change("classify", ", hidden=64, epochs=40", ""),)),  # too few steps
    Student("kurt", (add("print('my notes')"), reverse)),  # cells out of order
    Student("nikolai", file=None),  # nothing submitted
    Student("olga", days_late=1.5),  # late
    Student("paul", (write("words", "YOUR ANSWER HERE"),)),  # no answer to the question in words
]
