"""What is made from photos and weights: the album, its faces and heads, and what is fetched."""

from functools import cache, cached_property
from pathlib import Path

from aip.album import SOURCES
from aip.album.folder import Folder, repeated
from aip.download.weights import Weights, asked
from aip.errors import BadInput
from aip.recognise import nets
from aip.recognise.nets import tfjs
from aip.recognise.nets.published import is_published
from aip.recognise.template import FINDER
from aip.store.digest import digest, file_digest
from aip.study import known_nets
from aip.study.making import Made, Making


class PhotosMade(Making):
    """The part of `aip.study.fingerprints.Study` that follows from photos and weights alone.

    Parameters and errors as in `aip.study.config.StudyConfig`.
    """

    @cached_property
    def _photos(self) -> tuple[str, str]:
        """What the album's definition does not contain: the user's photos, and what reads them."""
        return self._source.content(self._cache), SOURCES[self.album["source"]]

    @cached_property
    def faces_made(self) -> Made:
        """Say what the table of the faces in the photos is made from; nothing in it is drawn."""
        if self.faces is None:
            raise ValueError("the album's heads are given, not found")
        net, found_by = self.faces["resembles"], self._config["album"]["resembles"]
        content = [self._content(found_by, key) for key in ("weights", "mean")] if net else []
        if net and nets.brought(net["arch"]):
            content += known_nets.content(net["arch"])
        modules = [self._album_module, *([nets.module(net["arch"])] if net else [])]
        made_from = (*self._photos, self._detector, content)
        return self._made("faces", self.faces, *made_from, modules=modules, seed=0)

    @cached_property
    def album_made(self) -> Made:
        """Say what the album's index and photos are made from."""
        faces = [self.faces_made["fingerprint"]] if self.faces else []
        return self._made("album", self.album, self._photos, *faces, modules=[self._album_module])

    @property
    def warnings(self) -> list[str]:
        """Say what of the config and the photos, which are read for it, is hardly meant."""
        found = super().warnings
        self.album_made  # noqa: B018
        if isinstance(self._source, Folder) and self._source.repeated:
            found.append(repeated(self._source.repeated))
        return found

    @cached_property
    def release_made(self) -> Made:
        """Say what the authors' release is; studies of any seed share it."""
        definition = {"archive": self.release.archive, "sha256": self.release.sha256}
        return self._made("release", definition, self.release.content, seed=0)

    @cache  # noqa: B019
    def published(self, name: str) -> Weights | None:
        """Return the weights that a recogniser's net starts from if the config names them."""
        definition = self.recogniser(name)
        weights = definition["weights"]
        if weights is None or "source" in definition or not is_published(weights):
            return None
        return asked(definition["arch"], weights)

    @property
    def detector_weights(self) -> Weights | None:
        """The weights of the net that finds faces, if the config names them."""
        if self.detector is None or not is_published(self.detector):
            return None
        return asked("centerface", self.detector)

    @property
    def weights_to_fetch(self) -> list[Weights]:
        """Weights that the config names: of recognisers' nets and of the net that finds faces."""
        named = [*map(self.published, self.recognisers), self.detector_weights]
        return [weights for weights in named if weights is not None]

    def weights_made(self, weights: Weights) -> Made:
        """Say what fetched weights are; studies of any seed share them."""
        definition = {"weights": weights.name, "files": dict(weights.files)}
        return self._made("weights", definition, seed=0)

    @cached_property
    def heads_made(self) -> Made:
        """Say what the heads file is made from."""
        album = self.album_made["fingerprint"]
        return self._made("heads", self.heads, album, modules=[self._album_module])

    @cached_property
    def landmarks_made(self) -> Made:
        """Say what the landmarks of the clean heads are made from."""
        made_from = (self._detector, self.heads_made["fingerprint"])
        definition = {"detector": self.detector}
        return self._made("landmarks", definition, *made_from, modules=[FINDER])

    @property
    def _detector(self) -> str:
        """Digest the net that finds faces."""
        if self.detector is None:
            raise ValueError("heads are neither found nor aligned")
        if self.detector_weights:
            return self.detector_weights.checksum
        if not Path(self.detector).is_file():
            raise BadInput(f"config: detector: no such file: {self.detector}")
        return file_digest(Path(self.detector))

    def _content(self, name: str, key: str) -> str:
        """Digest a file that a recogniser's net starts from, if it starts from one."""
        definition = self.recogniser(name)
        file = definition.get(key)
        if file is None or "source" in definition:
            return ""
        if key == "weights" and (published := self.published(name)):
            return published.checksum
        if not Path(file).is_file():
            raise BadInput(f"config: recognisers.{name}.{key}: no such file: {file}")
        if Path(file).suffix == ".json":
            return digest(*map(file_digest, tfjs.files(Path(file))))
        return file_digest(Path(file))
