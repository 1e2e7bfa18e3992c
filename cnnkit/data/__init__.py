"""Data: sets of labelled images by name, pictures, and how they are made ready for a network.

from cnnkit import data

digits = data.load("mnist5k")
digits.images, digits.labels, digits.classes
"""

from cnnkit.data.catalogue import load
from cnnkit.data.dataset import Dataset
from cnnkit.data.pictures import crop_and_resize, read_picture

__all__ = ["Dataset", "crop_and_resize", "load", "read_picture"]
