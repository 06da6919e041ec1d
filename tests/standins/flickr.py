"""Flickr on this machine: its getSizes, and the files of its photos."""

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from PIL import Image

from standins.server import Content, Fault, Request, Server, Status, as_json

KEY = "0123456789abcdef0123456789abcdef"
API = "/services/rest/"
LABELS = {1024: "Large", 800: "Medium 800", 640: "Medium 640", 500: "Medium"}


def picture(width: int, height: int, seed: int = 0, kind: str = "JPEG") -> bytes:
    """Draw a photo cheaply: a gradient that differs with the seed."""
    ramp = Image.linear_gradient("L").rotate(90 * (seed % 4)).resize((width, height))
    photo = Image.merge("RGB", (ramp, ramp.point(lambda v: (v + 37 * seed) % 256), ramp))
    file = io.BytesIO()
    photo.save(file, kind)
    return file.getvalue()


def failure(code: int, message: str = "failed") -> Content:
    """Return Flickr's own way to fail, which comes with the status 200."""
    return Content(as_json({"stat": "fail", "code": code, "message": message}))


class Flickr(Server):
    """Serves photos in the sizes that are given, and 404s or "not found" for all others.

    A call for the sizes of photo 12 has the name ``sizes/12``, and its file in 640×480 has
    ``/12_640x480.jpg``; faults are scripted and requests counted under these names.

    Parameters
    ----------
    photos : mapping
        Photo number → {(width, height): file}.
    """

    def __init__(self, photos: Mapping[str, Mapping[tuple[int, int], bytes]]) -> None:
        super().__init__()
        self.photos = photos
        for number, sizes in photos.items():
            for (width, height), content in sizes.items():
                self.files[f"/{number}_{width}x{height}.jpg"] = content

    @property
    def remote(self) -> dict[str, Any]:
        """What resources/downloads.yaml says of Flickr, for this one."""
        return {
            "api": f"{self.url}{API}",
            "photo_hosts": ["127.0.0.1"],
            "seconds_between_calls": 0.001,
        }

    def resolve(self, request: Request) -> tuple[str, Fault | bytes]:
        if request.path != API:
            return super().resolve(request)
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        photo = form.get("photo_id", "")
        return f"sizes/{photo}", self._sizes(form, photo)

    def _sizes(self, form: Mapping[str, str], photo: str) -> Fault | bytes:
        asked = (form.get("method"), form.get("format"), form.get("nojsoncallback"))
        if asked != ("flickr.photos.getSizes", "json", "1"):
            return Status(400)
        if form.get("api_key") != KEY:
            return failure(100, "Invalid API Key (Key has invalid format)")
        if photo not in self.photos:
            return failure(1, "Photo not found")
        sizes = [self._size(photo, wide, high) for wide, high in self.photos[photo]]
        square = {"label": "Large Square", "width": "150", "height": "150", "media": "photo"}
        square["source"] = f"{self.url}/{photo}_150x150.jpg"
        answer = {"canblog": 0, "canprint": 0, "candownload": 1, "size": [square, *sizes]}
        return as_json({"sizes": answer, "stat": "ok"})

    def _size(self, photo: str, width: int, height: int) -> dict[str, Any]:
        return {
            "label": LABELS.get(max(width, height), "Original"),
            "width": str(width),  # Flickr gives some as text
            "height": height,
            "source": f"{self.url}/{photo}_{width}x{height}.jpg",
            "media": "photo",
        }
