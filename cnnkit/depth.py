"""How deep a network is, as papers count it."""

from cnnkit.layers import RBF, Auxiliary, Concat, Layer, Residual


def depth(net: Layer) -> int:
    """The layers with weights on the longest way from the input to the output: 16 for VGG-16.

    Of branches that meet the longest counts, of a trunk with a head beside it the trunk. What only
    scales and shifts each channel, as batch normalisation does, is no layer of its own.
    """
    if isinstance(net, Auxiliary):
        return depth(net.body)
    inside = net.children().values()
    if isinstance(net, Concat | Residual):
        return max(map(depth, inside))
    own = isinstance(net, RBF) or any(
        len(p.shape) > 1 for name, p in net.named_parameters() if "." not in name
    )
    return own + sum(map(depth, inside))
