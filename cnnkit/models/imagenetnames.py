"""Where the package's list of ImageNet's 1,000 names is wrong, too long, or has one name twice."""

# By the class's number; ImageNet's own synsets are meant (Russakovsky et al., 2015).
CORRECTIONS = {
    41: "whiptail lizard",
    67: "diamondback rattlesnake",
    268: "Mexican hairless dog",
    282: "tiger cat",
    285: "Egyptian cat",
    439: "bearskin hat",
    548: "entertainment center",
    638: "maillot",
    744: "projectile",
    836: "sunglass",
    998: "ear of grain",
}
