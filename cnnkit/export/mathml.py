r"""Formulas in TeX as MathML, which browsers draw by themselves: no script, no font, no network.

Understood is what the course writes: letters, numbers, scripts, fractions, roots, sums, accents,
brackets that grow, text, matrices and cases. A command that is not in the tables below is a
ValueError that names it; a test converts every formula of the course.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

# A command with what it names, another command, a number, or a sign.
TOKEN = re.compile(
    r"\s*(\\(?:text|math\w+|operatorname|begin|end)\s*\{[^{}]*\}|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|.)",
    re.DOTALL,
)

LETTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε",
    "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ",
    "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Pi": "Π",
    "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ", "partial": "∂",
    "nabla": "∇", "infty": "∞", "top": "⊤", "ldots": "…", "cdots": "⋯", "dots": "…",
    "vdots": "⋮", "ddots": "⋱", "emptyset": "∅",
}  # fmt: skip
OPERATORS = {
    "cdot": "·", "times": "×", "star": "⋆", "ast": "∗", "circ": "∘", "odot": "⊙", "oplus": "⊕",
    "pm": "±", "mp": "∓", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠",
    "approx": "≈", "equiv": "≡", "propto": "∝", "sim": "∼", "ll": "≪", "gg": "≫", "in": "∈",
    "notin": "∉", "subset": "⊂", "cup": "∪", "cap": "∩", "to": "→", "rightarrow": "→",
    "leftarrow": "←", "mapsto": "↦", "Rightarrow": "⇒", "iff": "⟺", "mid": "∣", "prime": "′",
    "forall": "∀", "exists": "∃", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉",
    "langle": "⟨", "rangle": "⟩", "|": "‖", "{": "{", "}": "}", "%": "%", "#": "#", "&": "&",
    "_": "_", "$": "$", "-": "−", "*": "∗",
}  # fmt: skip
LARGE = {"sum": "∑", "prod": "∏", "int": "∫", "bigcup": "⋃", "bigcap": "⋂"}
FUNCTIONS = {"log", "ln", "exp", "sin", "cos", "tan", "tanh", "max", "min", "arg", "sign", "det"}
BELOW = {"max", "min", "arg"}  # functions whose index stands below
SPACES = {",": 0.167, ":": 0.222, ">": 0.222, ";": 0.278, " ": 0.25, "!": -0.167, "quad": 1.0}
SPACES |= {"qquad": 2.0}  # of the letter size
ACCENTS = {"tilde": "~", "hat": "^", "bar": "¯", "vec": "→", "dot": "˙", "overline": "¯"}
SIZES = {"big": 1.2, "Big": 1.8, "bigg": 2.4, "Bigg": 3.0}
SIZES |= {name + side: size for name, size in SIZES.items() for side in "lr"}
VARIANTS = {"mathbf": "bold", "mathrm": "normal", "operatorname": "normal"}
DRAWN = {"mathcal": "𝒜ℬ𝒞𝒟ℰℱ𝒢ℋℐ𝒥𝒦ℒℳ𝒩𝒪𝒫𝒬ℛ𝒮𝒯𝒰𝒱𝒲𝒳𝒴𝒵", "mathbb": "𝔸𝔹ℂ𝔻𝔼𝔽𝔾ℍ𝕀𝕁𝕂𝕃𝕄ℕ𝕆ℙℚℝ𝕊𝕋𝕌𝕍𝕎𝕏𝕐ℤ"}
FENCES = {"pmatrix": "()", "bmatrix": "[]", "vmatrix": "||", "matrix": "  ", "cases": "{ "}
NEW_ROW = r"\\"
FENCES |= {"aligned": "  ", "align": "  ", "align*": "  "}


def mathml(tex: str, display: bool = False) -> str:
    """A `<math>` element for a formula without its dollars; the TeX stays in it as its annotation.
    ValueError: a command that is not known, or a bracket that is not closed."""
    body = _Reader(tex).formula()
    kind = ' display="block"' if display else ""
    note = f'<annotation encoding="application/x-tex">{escape(tex.strip())}</annotation>'
    return f"<math{kind}><semantics><mrow>{body}</mrow>{note}</semantics></math>"


class _Reader:
    """Reads a formula from left to right, and writes MathML."""

    def __init__(self, tex: str) -> None:
        self.tex = tex
        self.tokens = [token for token in TOKEN.findall(tex) if token.strip()]
        self.place = 0

    def formula(self) -> str:
        body = self.until()
        if self.place < len(self.tokens):
            raise ValueError(f"{self.tokens[self.place]} closes nothing in the formula {self.tex}")
        return body

    def peek(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise ValueError(f"the formula {self.tex} ends where something is missing")
        self.place += 1
        return token

    def until(self, *ends: str) -> str:
        """What stands before one of `ends`, or before what closes something."""
        parts = []
        while self.peek() and self.peek() not in (*ends, "}", r"\right"):
            if self.peek().startswith(r"\end"):
                break
            parts.append(self.with_scripts())
        return "".join(parts)

    def group(self) -> str:
        """An argument: {…} or the next token."""
        if self.peek() != "{":
            token = self.take()
            if token[0].isdigit() and len(token) > 1:  # of \frac12 the 1
                self.tokens.insert(self.place, token[1:])
                token = token[0]
            return self.atom(token)
        self.take()
        body = self.until()
        self.expect("}")
        return f"<mrow>{body}</mrow>"

    def expect(self, token: str) -> None:
        if self.peek() != token:
            raise ValueError(f"{token} is missing in the formula {self.tex}")
        self.take()

    def with_scripts(self) -> str:
        token = self.peek()
        base = self.group() if token == "{" else self.atom(self.take())
        scripts: dict[str, str] = {}
        while self.peek() in ("_", "^", "'"):
            mark = self.take()
            if mark == "'":
                base = f'<mrow>{base}<mo lspace="0" rspace="0">′</mo></mrow>'
            else:
                scripts[mark] = self.group()
        if not scripts:
            return base
        limits = token[1:] in LARGE.keys() | BELOW
        names = {"_": "munder", "^": "mover"} if limits else {"_": "msub", "^": "msup"}
        if len(scripts) == 1:
            ((mark, script),) = scripts.items()
            return f"<{names[mark]}>{base}{script}</{names[mark]}>"
        both = "munderover" if limits else "msubsup"
        return f"<{both}>{base}{scripts['_']}{scripts['^']}</{both}>"

    def atom(self, token: str) -> str:
        if token.endswith("}") and token[0] == "\\" and len(token) > 2:
            return self.named(*token[1:-1].split("{", 1))
        if token[0] == "\\":
            return self.command(token[1:])
        if token[0].isdigit():
            return f"<mn>{token}</mn>"
        if token.isalpha():
            return f"<mi>{token}</mi>"
        if token in "()[]|":  # they keep their size; \left and \right let them grow
            return f'<mo stretchy="false">{token}</mo>'
        if token == "~":
            return _space(0.25)
        return f"<mo>{escape(OPERATORS.get(token, token))}</mo>"

    def command(self, name: str) -> str:
        if name in LETTERS:
            return f"<mi>{LETTERS[name]}</mi>"
        if name in LARGE:
            return f'<mo movablelimits="true">{LARGE[name]}</mo>'
        if name in OPERATORS:
            still = ' stretchy="false"' if name[0] in "lr|{}" else ""
            return f"<mo{still}>{escape(OPERATORS[name])}</mo>"
        if name in FUNCTIONS:
            return f"<mi>{name}</mi>{self.thin_space()}"
        if name in SPACES:
            return _space(SPACES[name])
        if name in ACCENTS:
            return f'<mover accent="true">{self.group()}<mo>{ACCENTS[name]}</mo></mover>'
        if name in SIZES:
            return self.bracket(f' minsize="{SIZES[name]}em" maxsize="{SIZES[name]}em"')
        construction = getattr(self, f"_{name}", None)
        if construction is None:
            raise ValueError(f"\\{name} in the formula {self.tex} is not known to {__name__}")
        return construction()

    def named(self, name: str, words: str) -> str:
        """A command that takes its argument as it is written: \\text{if it fits}."""
        name = name.strip()
        if name == "text":
            return f"<mtext>{escape(words)}</mtext>"
        if name == "begin":
            return self.environment(words)
        if name in DRAWN:
            return f"<mi>{''.join(DRAWN[name][ord(letter) - ord('A')] for letter in words)}</mi>"
        if name not in VARIANTS:
            raise ValueError(f"\\{name} in the formula {self.tex} is not known to {__name__}")
        look = ' style="font-weight: bold"' if VARIANTS[name] == "bold" else ""
        upright = f'<mi mathvariant="normal"{look}>{escape(words)}</mi>'
        return upright + (self.thin_space() if name == "operatorname" else "")

    def thin_space(self) -> str:
        """What stands between a function's name and an argument without brackets."""
        return "" if self.peek() in ("(", "_", "^") else _space(0.167)

    def bracket(self, size: str) -> str:
        token = self.take()
        sign = OPERATORS.get(token.removeprefix("\\"), token)
        return "" if sign == "." else f'<mo stretchy="true"{size}>{escape(sign)}</mo>'

    def _frac(self) -> str:
        return f"<mfrac>{self.group()}{self.group()}</mfrac>"

    def _sqrt(self) -> str:
        if self.peek() != "[":
            return f"<msqrt>{self.group()}</msqrt>"
        self.take()
        index = self.until("]")
        self.expect("]")
        return f"<mroot>{self.group()}<mrow>{index}</mrow></mroot>"

    def _boxed(self) -> str:
        look = "border: 1px solid; padding: 0.3em 0.4em"
        return f'<mrow style="{look}">{self.group()}</mrow>'

    def _left(self) -> str:
        opening = self.bracket("")
        body = self.until()
        self.expect(r"\right")
        return f"<mrow>{opening}{body}{self.bracket('')}</mrow>"

    def environment(self, name: str) -> str:
        if name not in FENCES:
            raise ValueError(f"the environment {name} is not known to {__name__}")
        rows = "".join(f"<mtr>{''.join(cells)}</mtr>" for cells in self.rows(name))
        self.expect(rf"\end{{{name}}}")
        before, after = (f"<mo>{sign}</mo>" if sign != " " else "" for sign in FENCES[name])
        return f"<mrow>{before}<mtable>{rows}</mtable>{after}</mrow>"

    def rows(self, name: str) -> Iterator[list[str]]:
        cells: list[str] = []
        side = {"cases": "left", "align": "right"}.get(name[:5])
        while True:
            here = "left" if side == "right" and len(cells) % 2 else side
            look = f' style="text-align: {here}"' if here else ""
            cells.append(f"<mtd{look}>{self.until('&', NEW_ROW)}</mtd>")
            if self.peek() == "&":
                self.take()
                continue
            yield cells
            if self.peek() != NEW_ROW:
                return
            self.take()
            cells = []


def _space(width: float) -> str:
    return f'<mspace width="{width}em"></mspace>'
