"""Right answers to assignment 6 in styles that the assignment's author did not choose: modules.

Classes are texts, by style under their cell's name in capitals. As in `a6_right.py`, no plain one
calls another answer, but that a network is of ResidualBlocks.
"""

from torch import nn


def vgg_block__plain(C, O, n):
    block = nn.Sequential()
    for k in range(n):
        block.append(nn.Conv2d(C if k == 0 else O, O, kernel_size=3, stride=1, padding=1))
        block.append(nn.ReLU())
    block.append(nn.MaxPool2d(kernel_size=2, stride=2))
    return block


def vgg_block__same(C, O, n):
    block = nn.Sequential()
    for k, channels in enumerate([C, *[O] * (n - 1)]):
        block.add_module(f"conv{k}", nn.Conv2d(channels, O, (3, 3), padding="same"))
        block.add_module(f"relu{k}", nn.ReLU(inplace=True))
    block.add_module("pool", nn.MaxPool2d(2))
    return block


def googlenet_stem__plain():
    def conv(C, O, K, S=1):
        return [nn.Conv2d(C, O, K, S, K // 2), nn.ReLU()]

    def pool():
        return nn.MaxPool2d(3, stride=2, padding=0, ceil_mode=True)

    layers = [*conv(3, 64, 7, 2), pool(), *conv(64, 64, 1), *conv(64, 192, 3), pool()]
    return nn.Sequential(*layers)


def googlenet_stem__in_two_parts():
    first = nn.Sequential(
        nn.Conv2d(3, 64, (7, 7), stride=(2, 2), padding=(3, 3)),
        nn.ReLU(inplace=True),
        nn.MaxPool2d((3, 3), (2, 2), ceil_mode=True),
    )
    second = nn.Sequential(
        nn.Conv2d(64, 64, 1), nn.ReLU(), nn.Conv2d(64, 192, 3, padding="same"), nn.ReLU()
    )
    return nn.Sequential(*first, *second, nn.MaxPool2d(3, 2, ceil_mode=True))


def resnet_stem__plain():
    layers = [nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)]
    layers += [nn.BatchNorm2d(64), nn.ReLU()]
    layers.append(nn.MaxPool2d(kernel_size=3, stride=2, padding=1))
    return nn.Sequential(*layers)


def resnet_stem__named():
    stem = nn.Sequential()
    stem.add_module("conv1", nn.Conv2d(3, 64, 7, 2, 3, bias=False))
    stem.add_module("bn1", nn.BatchNorm2d(64))
    stem.add_module("relu", nn.ReLU(inplace=True))
    stem.add_module("maxpool", nn.MaxPool2d(3, 2, 1))
    return stem


def depthwise_separable__plain(C, O, S=1):
    depthwise = nn.Conv2d(C, C, kernel_size=3, stride=S, padding=1, groups=C, bias=False)
    pointwise = nn.Conv2d(C, O, kernel_size=1, bias=False)
    first = [depthwise, nn.BatchNorm2d(C), nn.ReLU()]
    return nn.Sequential(*first, pointwise, nn.BatchNorm2d(O), nn.ReLU())


def depthwise_separable__one_kind_of_layer(C, O, S=1):
    layers = []
    for before, after, K, stride, groups in [(C, C, 3, S, C), (C, O, 1, 1, 1)]:
        layers.append(nn.Conv2d(before, after, K, stride, K // 2, 1, groups, False))
        layers += [nn.BatchNorm2d(after), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


INCEPTION = {
    "plain": """
class Inception(nn.Module):
    def __init__(self, C, one, reduce3, three, reduce5, five, pooled):
        super().__init__()
        self.one = nn.Conv2d(C, one, kernel_size=1)
        self.reduce3 = nn.Conv2d(C, reduce3, kernel_size=1)
        self.three = nn.Conv2d(reduce3, three, kernel_size=3, padding=1)
        self.reduce5 = nn.Conv2d(C, reduce5, kernel_size=1)
        self.five = nn.Conv2d(reduce5, five, kernel_size=5, padding=2)
        self.pooled = nn.Conv2d(C, pooled, kernel_size=1)
        self.pool = nn.MaxPool2d(3, stride=1, padding=1)
        self.relu = nn.ReLU()

    def forward(self, x):
        a = self.relu(self.one(x))
        b = self.relu(self.three(self.relu(self.reduce3(x))))
        c = self.relu(self.five(self.relu(self.reduce5(x))))
        d = self.relu(self.pooled(self.pool(x)))
        return torch.cat((a, b, c, d), 1)
""",
    "branches": """
class Inception(nn.Module):
    def __init__(self, C, one, reduce3, three, reduce5, five, pooled):
        super().__init__()
        self.one = nn.Conv2d(C, one, 1)
        self.reduce3, self.three = nn.Conv2d(C, reduce3, 1), nn.Conv2d(reduce3, three, 3, 1, 1)
        self.reduce5, self.five = nn.Conv2d(C, reduce5, 1), nn.Conv2d(reduce5, five, 5, 1, 2)
        self.pooled = nn.Conv2d(C, pooled, 1)
        self.branches = nn.ModuleList([
            nn.Sequential(self.one, nn.ReLU()),
            nn.Sequential(self.reduce3, nn.ReLU(), self.three, nn.ReLU()),
            nn.Sequential(self.reduce5, nn.ReLU(), self.five, nn.ReLU()),
            nn.Sequential(nn.MaxPool2d(3, 1, 1), self.pooled, nn.ReLU()),
        ])

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=-3)
""",
}
RESIDUAL_BLOCK = {
    "plain": """
class ResidualBlock(nn.Module):
    def __init__(self, C, O, S=1):
        super().__init__()
        self.conv1 = nn.Conv2d(C, O, kernel_size=3, stride=S, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(O)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(O, O, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(O)
        if S != 1 or C != O:
            self.downsample = nn.Sequential(
                nn.Conv2d(C, O, kernel_size=1, stride=S, bias=False),
                nn.BatchNorm2d(O),
            )
        else:
            self.downsample = None

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.downsample is not None:
            x = self.downsample(x)
        y = y + x
        return self.relu(y)
""",
    "derived": """
class ResidualBlock(PlainBlock):
    def __init__(self, C, O, S=1):
        super().__init__(C, O, S)
        self.downsample = nn.Sequential()
        if (S, C) != (1, O):
            self.downsample.append(nn.Conv2d(C, O, 1, S, bias=False)).append(nn.BatchNorm2d(O))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)).add(self.downsample(x)))
""",
    "in_place": """
class ResidualBlock(nn.Module):
    def __init__(self, C, O, S=1):
        super().__init__()
        self.downsample = None
        if S > 1 or C != O:
            self.downsample = nn.Sequential(nn.Conv2d(C, O, 1, S, bias=False), nn.BatchNorm2d(O))
        self.conv1, self.bn1 = nn.Conv2d(C, O, 3, S, 1, bias=False), nn.BatchNorm2d(O)
        self.conv2, self.bn2 = nn.Conv2d(O, O, 3, 1, 1, bias=False), nn.BatchNorm2d(O)

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu_()))
        y += x if self.downsample is None else self.downsample(x)
        return y.clamp_(min=0)
""",
    "maximum": """
class ResidualBlock(nn.Module):
    def __init__(self, C, O, S=1):
        super().__init__()
        for number, (before, stride) in enumerate([(C, S), (O, 1)], start=1):
            setattr(self, f"conv{number}", nn.Conv2d(before, O, 3, stride, 1, bias=False))
            setattr(self, f"bn{number}", nn.BatchNorm2d(O))
        self.projects = S != 1 or C != O
        if self.projects:
            layers = [nn.Conv2d(C, O, (1, 1), stride=(S, S), bias=False), nn.BatchNorm2d(O)]
            self.downsample = nn.Sequential(*layers)

    def forward(self, x):
        shortcut = self.downsample(x) if self.projects else x
        y = self.bn1(self.conv1(x))
        y = self.conv2(torch.maximum(y, torch.zeros_like(y)))
        y = self.bn2(y) + shortcut
        return torch.where(y > 0, y, 0.0)
""",
}
SMALL_NET = {
    "plain": """
class SmallNet(nn.Module):
    def __init__(self, n, residual=True):
        super().__init__()
        kind = ResidualBlock if residual else PlainBlock
        self.conv1 = nn.Conv2d(1, 8, kernel_size=3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU()

        def stage(C, O, S):
            blocks = [kind(C, O, S)]
            for _ in range(1, n):
                blocks.append(kind(O, O))
            return nn.Sequential(*blocks)

        self.layer1, self.layer2, self.layer3 = stage(8, 8, 1), stage(8, 16, 2), stage(16, 32, 2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(32, 10)

    def forward(self, x):
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        x = self.pool(x)
        return self.fc(torch.flatten(x, 1))
""",
    "a_sequential": """
class SmallNet(nn.Sequential):
    def __init__(self, n, residual=True):
        super().__init__()
        self.add_module("conv1", nn.Conv2d(1, 8, 3, 2, 1, bias=False))
        self.add_module("bn1", nn.BatchNorm2d(8))
        self.add_module("relu", nn.ReLU())
        C = 8
        for number in (1, 2, 3):
            stage = nn.Sequential()
            for k in range(n):
                O = 4 * 2**number
                S = 2 if number > 1 and k == 0 else 1
                stage.append(ResidualBlock(C, O, S) if residual else PlainBlock(C, O, S))
                C = O
            self.add_module(f"layer{number}", stage)
        self.add_module("pool", nn.AdaptiveAvgPool2d((1, 1)))
        self.add_module("flatten", nn.Flatten())
        self.add_module("fc", nn.Linear(C, 10))
""",
}
