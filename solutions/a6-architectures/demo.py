"""The made-up class of `make demo`: each student is a kind of submission that really arrives."""

from autograder.authoring.demo import Student, add, change, reverse, write

DIFFERENTLY = (
    write(
        "receptive_field",
        """
def receptive_field(windows):
    r = 1
    for K, S in windows[::-1]:
        r = S * (r - 1) + K
    return r
""",
    ),
    write(
        "residual_block",
        """
class ResidualBlock(PlainBlock):
    def __init__(self, C, O, S=1):
        super().__init__(C, O, S)
        self.downsample = None
        if (C, S) != (O, 1):
            self.downsample = nn.Sequential(nn.Conv2d(C, O, 1, S, bias=False), nn.BatchNorm2d(O))

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + (x if self.downsample is None else self.downsample(x))).relu()
""",
    ),
)

COUNTED = "from cnnkit import models\n\nmodels.lenet5().summary((1, 32, 32))"
STUDENTS = [
    Student("ada"),  # perfect
    Student("blaise", DIFFERENTLY),  # perfect, but written differently
    Student(  # the body is cut before the sum, and the sum is not
        "carl",
        (
            change(
                "residual_block",
                "torch.relu(self.bn2(self.conv2(y)) + self.downsample(x))",
                "torch.relu(self.bn2(self.conv2(y))) + self.downsample(x)",
            ),
        ),
    ),
    Student("dorothy", (change("inception", "padding=2", "padding=1"),)),  # the 5×5's padding
    Student("emmy", (change("layer_cost", "return 2 * C", "return 4 * C"),)),  # counts what is kept
    Student(  # an import that is not allowed
        "felix", (change("vgg_block", "def vgg", "import torchvision\n\n\ndef vgg"),)
    ),
    Student("grace", (change("inception", "dim=1", "dim=2"),)),  # over the wrong axis
    Student(  # names may be missing, and nobody hears of it
        "henri", (change("load_weights", "dict(state)", "dict(state, strict=False)"),)
    ),
    Student("kurt", (add(COUNTED), reverse)),  # cells out of order, and one of the text's
    Student("nikolai", file=None),  # nothing submitted
    Student("olga", days_late=1.5),  # late
    Student("paul", (write("words", "YOUR ANSWER HERE"),)),  # no answer to the question in words
]
