"""How many cores of the processor the linear algebra uses."""


def use_one_core() -> None:
    """Let NumPy, and PyTorch where it is loaded, compute each product on one core from now on.

    Meant for networks as small as a lecture's: there a second core gains little, and beside other
    programs the two cores wait for each other at each product, which takes many times as long.
    Holds for this process.
    """
    from threadpoolctl import threadpool_limits  # a picture needs NumPy and Matplotlib alone

    threadpool_limits(1)
