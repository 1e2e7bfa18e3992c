"""Training: one call for a NumPy net and a PyTorch module.

from cnnkit import data, models, train

digits = data.load("mnist5k")
net = train.standardized(models.lenet5(), digits, padding=2)
history = train.fit(net, digits, epochs=5, validation=0.1)
print(train.evaluate(net, data.load("mnist5k", "test")))
"""

from cnnkit.train.evaluate import Evaluation, evaluate
from cnnkit.train.fit import TrainingDiverged, cosine, fit, warm_cosine
from cnnkit.train.history import History
from cnnkit.train.preparation import standardized
from cnnkit.train.search import Search, search

__all__ = [
    "Evaluation",
    "History",
    "Search",
    "TrainingDiverged",
    "cosine",
    "evaluate",
    "fit",
    "search",
    "standardized",
    "warm_cosine",
]
