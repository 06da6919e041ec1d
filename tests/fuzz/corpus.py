"""What targets are given: seeds that are valid, made by code, and damage to them."""

from io import BytesIO

import numpy as np
from hypothesis import strategies as st
from PIL import Image, ImageCms

import aip.album.photo  # noqa: F401 — registers HEIF
from aip.store.checkout import ROOT

FORMATS = {
    "JPEG": ("L", "RGB", "CMYK"),
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "GIF": ("L", "P"),
    "BMP": ("1", "L", "P", "RGB"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I;16", "I", "F"),
    "WEBP": ("RGB", "RGBA"),
    "PPM": ("1", "L", "RGB", "I"),
    "JPEG2000": ("L", "LA", "RGB", "RGBA", "I;16"),
    "AVIF": ("L", "RGB", "RGBA"),
    "HEIF": ("L", "RGB", "RGBA"),
}


def picture(mode: str, width: int = 9, height: int = 7) -> Image.Image:
    """Return an image of a mode, all of whose pixels differ where they can."""
    values = (np.arange(height * width * 3) * 5 % 256).astype(np.uint8)
    image = Image.fromarray(values.reshape(height, width, 3))
    if mode in ("I;16", "I", "F"):
        wide = values.reshape(height, width, 3)[..., 0].astype(np.uint16) * 257
        return Image.fromarray(wide.astype({"I;16": "u2", "I": "i4", "F": "f4"}[mode]))
    if mode == "LAB":
        return Image.frombytes("LAB", (width, height), values.tobytes())
    return image.convert(mode)


def coded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return an image's file."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def photos() -> list[bytes]:
    """Return photos of every format and mode, turned, animated, compressed and interlaced."""
    found = [coded(picture(mode), kind) for kind, modes in FORMATS.items() for mode in modes]
    rgb = picture("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    found += [coded(rgb, kind, exif=exif) for kind in ("JPEG", "PNG", "TIFF", "WEBP")]
    frames = {"save_all": True, "append_images": [rgb.rotate(90), rgb.rotate(180)]}
    found += [coded(rgb, kind, **frames) for kind in ("GIF", "PNG", "TIFF", "WEBP", "MPO")]
    found += [coded(rgb, "JPEG", progressive=True)]
    found += [coded(rgb, "JPEG", progressive=p)[:-2] for p in (False, True)]
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    found += [coded(rgb, kind, icc_profile=icc) for kind in ("JPEG", "PNG", "TIFF", "WEBP", "AVIF")]
    for compression in ("tiff_lzw", "tiff_deflate", "packbits", "jpeg"):
        found.append(coded(rgb, "TIFF", compression=compression))
    found.append(coded(picture("1"), "TIFF", compression="group4"))
    found.append(coded(picture("P"), "PNG", transparency=3))
    found.append(coded(picture("P"), "GIF", transparency=3))
    return found


HEADER = "user,recogniser,heads,recognised,rate,low,high\n"
TABLES = [
    b"user,proc,blur\nnone,80,70.5\ngaman,10,20\n",
    '\ufeffu,Zoë,"a, b"\r\n\r\nO,4.0,1e1\r\n'.encode(),
    f"{HEADER}O,a,10,1,10,0,40\nO,b,10,2,20,5,50\nT,a,10,3,30,10,60\nT,b,10,4,40,20,70\n".encode(),
    b"u," + b",".join(b"c%d" % i for i in range(9)) + b"\nr" + b",50" * 9 + b"\ns" + b",50" * 9,
]
NAMES = [
    b"user: {none: none, gaman: GAMAN}\nrecogniser: {proc: null}\n",
    b"user: {none: gaman, gaman: none}\n",
]
_INDEX = "photoset,photo,xmin,ymin,width,height,identity,subset,split"
_LINES = [
    "1,a.jpg,0,-3,20,24,ann,val,0",
    "1,a.jpg,9,3,20,24,ben,val,0",
    "1,b.jpg,0,3,20,24,ann,val,1",
    "1,b.jpg,30,3,20,24,ben,val,1",
    '2,"c, ""d"".jpg",0,3,20,24,Zoë,train,',
    "2,e.jpg,0,3,20,24,dan,train,",
]
INDICES = ["\n".join([_INDEX, *_LINES, ""]).encode()]
MISSING = ["\n".join([_INDEX + ",reason", *(f"{line},gone" for line in _LINES), ""]).encode()]
GONE = [b'photo,reason\n12,there is no such photo\n13,"a, b"\n14,torn', b""]
BOXES = [
    b"photo,xmin,ymin,width,height\nann/1.jpg,0,-3,20,24\nann/2.jpg,1,2,3,4\n",
    b"\xef\xbb\xbfXmin;photo;ymin;height;width\r\n1.0;ann\\1.JPG;2;3,0;4\r\n;;;;\r\n",
    "photo\txmin\tymin\twidth\theight\nZo\u0308e/1\t1\t2\t3\t4\n".encode("utf-16"),
]
_HEADS = [
    (70, 5000, -6, 3, 20, 24, 10, 2),
    (70, 5000, 40, 3, 20, 24, 10, 2),
    (71, 5001, 0, 3, 20, 24, 11, 2),
    (71, 5002, 0, 3, 20, 24, 11, 2),
    (71, 5003, 0, 3, 20, 24, 1, 1),
    (71, 5003, 50, 3, 20, 24, 30, 0),
]
_LISTED = "".join(" ".join(map(str, head)) + "\n" for head in _HEADS)
_SPLIT = "".join(" ".join(map(str, (*head, n % 2))) + "\n" for n, head in enumerate(_HEADS[:4]))
ANNOTATIONS = [f"{_LISTED}---\n{_SPLIT}".encode()]
PROCESSES = [b"O1", b"B5", b"TNBC_5", b"OTNBC_5", b"T5_B5", b"J(50-90)5", b"N(0-255)R(10-90)_3"]
PROCESSES += [b"S(50-50)+J(70-70)1", b"OS+J_2"]

STUDIES = [
    (ROOT / name).read_bytes()
    for name in ("config.yaml", "configs/smoke.yaml", "configs/folder.yaml", "configs/faces.yaml")
] + [
    b"album: {source: folder, root: people, box: [0, 0, 8, 8], val_min_photos: 4}\n",
    b"user_strategies:\n  ga: {against: {each: [small]}, method: ga, i_conf: '1_100_1000'}\n",
    b"recognisers:\n  known: {base: small, knows: [gaman], learns: net}\n",
    b"attacked: {heads: null, shard_size: 7, direction: both}\npictures: {process: J(50-90)1}\n",
]

SEEDS = {
    "photo": photos(),
    "table": TABLES,
    "names": NAMES,
    "index": INDICES,
    "missing": MISSING,
    "gone": GONE,
    "boxes": BOXES,
    "annotation": ANNOTATIONS,
    "config": STUDIES,
    "process": PROCESSES,
}

# What random damage would seldom come to.
WRONG = {
    "table": [
        b"u,a,a\nO,1,2\nT,3,4\n",
        b"u,a\nO,1\nO,2\n",
        b"u,a\nO,0e-99999999999999999999\n",
        HEADER.replace("low", '"a\nb"').encode() + b"O,a,10,1,10,0,40\n",
    ],
    "names": [b"user: !!bool maybe\n", b"user: 2001-99-99\n", b"!!int ''\n", b"&a [*a]\n"],
    "gone": [b'photo,reason\n12,gone\n13,"a, b\n', b'photo,reason\n12,"a"b\n'],
    "missing": [MISSING[0].replace(b"val,0", b"val,2")],
    "boxes": [BOXES[0].replace(b"ann/2", b"ann/1"), BOXES[0].replace(b"20", b"2_0")],
    "index": [INDICES[0].replace(b"9,3", b"9_0,3"), INDICES[0].replace(b"e.jpg", b'"e\r.jpg"')],
    "annotation": [ANNOTATIONS[0].replace(b"11 2 1\n", b"11 2 0\n")],
    "config": [
        *(b"seed: 2001-99-99\n", b"seed: !!bool maybe\n", b"games: &a {g: *a}\n"),
        *(b"seed: 1\nseed: 2\n", b"__use_yte__: true\n", b"seed: !!python/name:os.sep\n"),
    ],
    "process": [b"B0", b"B05", b"B5_B5", b"BB_2", b"J(90-50)1", b"J(0-50)1", b"B(1-2)1", b"S+1"],
}

TOKENS = [
    *b"0 -1 1_0 9999999999 1e400 1e-99999999999999999999 nan inf 0x10 .5 -0 2001-99-99".split(),
    *b"null true {} [] [[]] {a: {b: 1}} &a *a !!bool !!int !!timestamp !!float <<: ? |".split(),
    *b"> # , \" ' : ; / .. --- % $HOME $NOBODY \xff \xc3 \xe2\x80\xa8 \0 \x1b[2J".split(),
    b"\n",
    b"\r",
    b"\t",
    " ٣".encode(),
    b"9" * 5000,
    b"0x" + b"f" * 5000,
    b"a" * 300,
    b"[" * 2000,
]


@st.composite
def damaged(draw: st.DrawFn, target: str) -> bytes:
    """Draw a target's seed, and edit it at a few places or not at all."""
    content = draw(st.sampled_from(SEEDS[target] + WRONG.get(target, [])))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(content)))
        stop = min(len(content), start + draw(st.sampled_from([0, 0, 1, 1, 2, 4, 8, 40])))
        kind = draw(st.sampled_from(["token", "bytes", "flip", "again", "cut", "splice"]))
        new = b""
        if kind == "token":
            new = draw(st.sampled_from(TOKENS))
        elif kind == "bytes":
            new = draw(st.binary(max_size=8))
        elif kind == "flip":
            stop = min(len(content), start + 1)
            new = bytes(byte ^ (1 << draw(st.integers(0, 7))) for byte in content[start:stop])
        elif kind == "again":
            new = content[start:stop] * 2
        elif kind == "splice":
            new = draw(st.sampled_from(SEEDS[target]))[start:]
            stop = len(content)
        elif draw(st.booleans()):
            stop = len(content)
        content = content[:start] + new + content[stop:]
    return content
