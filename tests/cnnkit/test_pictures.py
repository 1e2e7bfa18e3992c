"""Pictures of every size and kind become arrays, or are refused with the reason."""

import numpy as np
import pytest
from PIL import Image

from cnnkit.data.pictures import crop_and_resize, read_picture

RED = np.zeros((12, 20, 3), np.uint8)
RED[..., 0] = 200


@pytest.fixture
def saved(tmp_path):
    def save(picture, name="picture.png", **options):
        picture.save(tmp_path / name, **options)
        return tmp_path / name

    return save


@pytest.mark.parametrize(
    ("mode", "name", "expected"),
    [
        ("RGB", "p.png", (200, 0, 0)),
        ("RGB", "p.bmp", (200, 0, 0)),
        ("P", "p.gif", (200, 0, 0)),
        ("L", "p.png", (60, 60, 60)),
        ("1", "p.png", (0, 0, 0)),
        ("CMYK", "p.jpg", (200, 0, 0)),
        ("CMYK", "p.tiff", (200, 0, 0)),
        ("YCbCr", "p.jpg", (200, 0, 0)),
        ("LAB", "p.tiff", (200, 0, 0)),
    ],
)
def test_every_kind_of_picture_becomes_red_green_and_blue(saved, mode, name, expected):
    picture = Image.fromarray(RED)
    if mode == "LAB":
        from PIL import ImageCms

        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        picture = ImageCms.profileToProfile(picture, *profiles, outputMode="LAB")
    else:
        picture = picture.convert(mode, dither=Image.Dither.NONE)
    image = read_picture(saved(picture, name))
    assert (image.shape, image.dtype) == ((3, 12, 20), np.uint8)
    np.testing.assert_allclose(image[:, 6, 10], expected, atol=8)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_what_is_transparent_lies_on_white(saved, mode):
    picture = Image.fromarray(RED).convert("RGBA")
    picture.putalpha(Image.fromarray(np.uint8([[0, 255]]).repeat(12, 0).repeat(10, 1)))
    if mode == "PA":
        path = saved(picture.quantize(8), "p.png")
    else:
        path = saved(picture.convert(mode), "p.png")
    image = read_picture(path)
    assert (image[:, :, 2] == 255).all()
    assert image[1, 6, 15] in (0, 60)


def test_16_bits_keep_their_range(saved):
    values = np.uint16([[0, 128, 32768, 65535]])
    image = read_picture(saved(Image.fromarray(values), "deep.png"))
    assert image[0].tolist() == image[2].tolist() == [[0, 0, 128, 255]]
    colour = read_picture(saved(Image.fromarray(RED), "p.png"))
    assert colour[0, 0, 0] == 200


def test_a_camera_held_upright_is_turned_and_of_an_animation_the_first_picture_is_taken(saved):
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90°
    assert read_picture(saved(Image.fromarray(RED), "p.jpg", exif=exif)).shape == (3, 20, 12)
    blue = Image.fromarray(RED[..., ::-1].copy())
    path = saved(Image.fromarray(RED), "p.gif", save_all=True, append_images=[blue])
    assert read_picture(path)[0, 0, 0] == 200


def test_32_bits_have_no_range_and_are_refused(saved):
    for values in (np.float32([[0.5]]), np.int32([[5]])):
        with pytest.raises(ValueError, match="pixels of 32 bits"):
            read_picture(saved(Image.fromarray(values), "p.tiff"))


def test_a_huge_picture_is_refused_before_it_is_unpacked(saved):
    path = saved(Image.new("1", (12_000, 12_000)), "huge.png")
    with pytest.raises(ValueError, match=r"huge\.png has 12000×12000 pixels; at most 100,000,000"):
        read_picture(path)
    path = saved(Image.new("1", (20_000, 20_000)), "bomb.png")
    with pytest.raises(ValueError, match=r"bomb\.png has .*more pixels than are read"):
        read_picture(path)


def test_what_is_no_picture_or_a_broken_one_is_refused(saved, tmp_path):
    (tmp_path / "text.jpg").write_text("no picture at all")
    (tmp_path / "empty.png").touch()
    for name in ("text.jpg", "empty.png"):
        with pytest.raises(ValueError, match=f"{name} is no picture"):
            read_picture(tmp_path / name)
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    for name in ("p.jpg", "p.png", "p.tiff", "p.webp", "p.bmp", "p.gif"):
        whole = saved(Image.fromarray(noise), name).read_bytes()
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ValueError, match=rf"{name} is (a broken|no) picture"):
            read_picture(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        read_picture(tmp_path / "missing.png")
    with pytest.raises(IsADirectoryError):
        read_picture(tmp_path)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 400), (500, 333), (224, 224)])
def test_the_middle_of_any_size_fits(shape):
    image = np.full((3, *shape), 77, np.uint8)
    assert (crop_and_resize(image, 224, 256 / 224) == 77).all()
    assert crop_and_resize(image, 224).shape == (3, 224, 224)


def test_the_margin_is_left_out():
    image = np.zeros((3, 512, 600), np.uint8)
    image[:, 32:480, 76:524] = 255
    cropped = crop_and_resize(image, 224, 256 / 224)
    assert (cropped[:, 1:-1, 1:-1] == 255).all()  # the borders are smoothed with what is beside
    assert cropped.min() > 190
    assert crop_and_resize(image, 256)[0].min() == 0
