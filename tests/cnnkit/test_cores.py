import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

import cnnkit
from cnnkit import lesson


def test_products_are_computed_on_one_core_from_then_on():
    with threadpool_limits(limits=2):  # and all is as before when this ends
        cnnkit.use_one_core()
        np.ones((300, 300)) @ np.ones((300, 300))
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}


def test_a_lecture_computes_on_one_core():
    with threadpool_limits(limits=2):
        lesson.begin(6)
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
