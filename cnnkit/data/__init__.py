"""Data: sets of labelled images by name, pictures, and how they are made ready for a network.

from cnnkit import data

digits = data.load("mnist5k")
digits.images, digits.labels, digits.classes
"""

from cnnkit.data import synthetic
from cnnkit.data.augment import Augment
from cnnkit.data.catalogue import load
from cnnkit.data.dataset import Dataset
from cnnkit.data.folders import image_folder
from cnnkit.data.photographs import photograph
from cnnkit.data.pictures import crop_and_resize, read_picture
from cnnkit.data.scenes import Scenes, compose_scenes

__all__ = [
    "Augment",
    "Dataset",
    "Scenes",
    "compose_scenes",
    "crop_and_resize",
    "image_folder",
    "load",
    "photograph",
    "read_picture",
    "synthetic",
]
