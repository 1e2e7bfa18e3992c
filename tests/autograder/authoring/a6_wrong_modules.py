"""Wrong modules in assignment 6, as students give them (`a6_wrong.py` says how to read it)."""

VGG_BLOCK = {
    "ReLU once": (
        "plain",
        "        block.append(nn.ReLU())\n",
        "    block.append(nn.ReLU())\n",
        "what the block gives",
    ),
    "O maps of C, each time": ("plain", "C if k == 0 else O", "C", ""),
    "pooled each time": (
        "plain",
        "    block.append(nn.MaxPool2d(kernel_size=2, stride=2))\n",
        "        block.append(nn.MaxPool2d(kernel_size=2, stride=2))\n",
        "the shape",
    ),
    "pooled with overlap": ("plain", "kernel_size=2, stride=2", "kernel_size=3, stride=2", ""),
    "5×5": ("same", "(3, 3)", "(5, 5)", "the parameters"),
    "rounded up": ("same", "nn.MaxPool2d(2)", "nn.MaxPool2d(2, ceil_mode=True)", "the shape"),
}
INCEPTION = {
    "another order": ("plain", "(a, b, c, d)", "(a, c, b, d)", "in the middle"),
    "no pooling": ("plain", "self.pooled(self.pool(x))", "self.pooled(x)", "behind the pooling"),
    "pooled to every second": ("plain", "nn.MaxPool2d(3, stride=1", "nn.MaxPool2d(3, stride=2", ""),
    "5×5 of all maps": ("plain", "self.five(self.relu(self.reduce5(x)))", "self.five(x)", ""),
    "3×3 in the place of 5×5": (
        "plain",
        "kernel_size=5, padding=2",
        "kernel_size=3, padding=1",
        "",
    ),
    "one ReLU missing": (
        "plain",
        "d = self.relu(self.pooled(self.pool(x)))",
        "d = self.pooled(self.pool(x))",
        "",
    ),
    "no biases": (
        "plain",
        "self.one = nn.Conv2d(C, one, kernel_size=1)",
        "self.one = nn.Conv2d(C, one, kernel_size=1, bias=False)",
        "the parameters",
    ),
    "added up": (
        "branches",
        "torch.cat([branch(x) for branch in self.branches], dim=-3)",
        "sum(branch(x) for branch in self.branches)",
        "",
    ),
    "over the columns": ("branches", "dim=-3", "dim=-1", ""),
}
GOOGLENET_STEM = {
    "padding without rounding up": (
        "plain",
        "padding=0, ceil_mode=True",
        "padding=1",
        "of 35×51 pixels",
    ),
    "no ReLU at the end": (
        "plain",
        "return [nn.Conv2d(C, O, K, S, K // 2), nn.ReLU()]",
        "return [nn.Conv2d(C, O, K, S, K // 2)]",
        "gives",
    ),
    "no second layer": ("plain", ", *conv(64, 64, 1)", "", "the parameters"),
    "stride 1": ("plain", "conv(3, 64, 7, 2)", "conv(3, 64, 7, 1)", "of 64×64 pixels"),
}
RESNET_STEM = {
    "no padding": ("plain", "stride=2, padding=1", "stride=2", "of 64×64 pixels"),
    "rounded up": ("plain", "stride=2, padding=1", "stride=2, ceil_mode=True", ""),
    "no normalisation": (
        "plain",
        "[nn.BatchNorm2d(64), nn.ReLU()]",
        "[nn.ReLU()]",
        "the parameters",
    ),
    "ReLU before it": (
        "plain",
        "[nn.BatchNorm2d(64), nn.ReLU()]",
        "[nn.ReLU(), nn.BatchNorm2d(64)]",
        "",
    ),
}
RESIDUAL_BLOCK = {
    "stride in both": (
        "plain",
        "nn.Conv2d(O, O, kernel_size=3, padding=1",
        "nn.Conv2d(O, O, kernel_size=3, stride=S, padding=1",
        "",
    ),
    "stride in the second": (
        "maximum",
        "[(C, S), (O, 1)]",
        "[(C, 1), (O, S)]",
        "in use",
    ),
    "projected where it shrinks": ("plain", "if S != 1 or C != O:", "if S != 1:", ""),
    "projected where it widens": ("plain", "if S != 1 or C != O:", "if C != O:", ""),
    "projection without normalisation": (
        "plain",
        "                nn.BatchNorm2d(O),\n            )",
        "            )",
        "the parameters",
    ),
    "no ReLU inside": (
        "plain",
        "y = self.relu(self.bn1(self.conv1(x)))",
        "y = self.bn1(self.conv1(x))",
        "in use",
    ),
    "a 3×3 projection": (
        "plain",
        "kernel_size=1, stride=S,",
        "kernel_size=3, padding=1, stride=S,",
        "the parameters",
    ),
    "x changed": (
        "plain",
        "y = y + x\n        return self.relu(y)",
        "x += y\n        return self.relu(x)",
        "stay as they were",
    ),
    "never in training": (
        "plain",
        "        y = self.bn2(self.conv2(y))\n",
        "        self.bn2.eval()\n        y = self.bn2(self.conv2(y))\n",
        "in training",
    ),
    "another name": ("plain", "downsample", "shortcut", "the names"),
}
DEPTHWISE_SEPARABLE = {
    "1×1 first": (
        "plain",
        "nn.Sequential(*first, pointwise, nn.BatchNorm2d(O), nn.ReLU())",
        "nn.Sequential(pointwise, nn.BatchNorm2d(O), nn.ReLU(), *first)",
        "",
    ),
    "stride in the 1×1": (
        "one_kind_of_layer",
        "[(C, C, 3, S, C), (C, O, 1, 1, 1)]",
        "[(C, C, 3, 1, C), (C, O, 1, S, 1)]",
        "",
    ),
    "no ReLU at the end": ("plain", "nn.BatchNorm2d(O), nn.ReLU())", "nn.BatchNorm2d(O))", ""),
    "one normalisation": (
        "plain",
        "[depthwise, nn.BatchNorm2d(C), nn.ReLU()]",
        "[depthwise, nn.ReLU()]",
        "the parameters",
    ),
    "no groups": ("one_kind_of_layer", "(C, C, 3, S, C)", "(C, C, 3, S, 1)", "into how many"),
    "biases": ("one_kind_of_layer", "groups, False", "groups, True", "counted"),
}
SMALL_NET = {
    "stride 1": ("plain", "stride=2, padding=1, bias=False", "padding=1, bias=False", "in use"),
    "no ReLU at first": (
        "plain",
        "self.relu(self.bn1(self.conv1(x)))",
        "self.bn1(self.conv1(x))",
        "in use",
    ),
    "a block too many": ("plain", "range(1, n)", "range(n)", "the parameters"),
    "no second stride": ("plain", "stage(16, 32, 2)", "stage(16, 32, 1)", "in use"),
    "always plain": (
        "plain",
        "kind = ResidualBlock if residual else PlainBlock",
        "kind = PlainBlock",
        "each block of the residual net",
    ),
    "the largest of each map": (
        "plain",
        "nn.AdaptiveAvgPool2d(1)",
        "nn.AdaptiveMaxPool2d(1)",
        "in use",
    ),
    "softmax": (
        "plain",
        "return self.fc(torch.flatten(x, 1))",
        "return self.fc(torch.flatten(x, 1)).softmax(1)",
        "in use",
    ),
    "for 28×28 alone": (
        "plain",
        "x = self.pool(x)\n        return self.fc(torch.flatten(x, 1))",
        "return self.fc(F.avg_pool2d(x, 4).flatten(1))",
        "",
    ),
    "a list of blocks": ("plain", "return nn.Sequential(*blocks)", "return blocks", ""),
}
