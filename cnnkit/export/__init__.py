"""Lectures as pages that need nothing: no kernel, no network, no server.

    jupyter nbconvert --execute --to html lectures/06-convolution.ipynb

`pip install` brings a configuration of nbconvert (`etc/`) and a template (`templates/`), by which
every notebook that is made into HTML in this environment has its formulas as MathML and its
explorers with their steps and scripts inside. nbconvert's own template asks the network for
MathJax, RequireJS and the widgets' library.
"""
