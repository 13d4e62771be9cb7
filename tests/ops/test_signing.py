"""Pictures signed by C2PA, as its own library reads them; what is wrong with a certificate is known beforehand."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from c2pa import Reader
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from bot.chat.shared.fitting import fitted
from bot.chat.telegram.shapes import photo
from bot.errors import SigningError
from bot.messages import Action, Attachment, Choices, Notice, Pressed
from bot.ops.doctor import examine_certificate
from bot.ops.finding import Verdict
from bot.ops.signing import signer_of
from bot.settings.config import Settings, load_settings
from bot.settings.operating import C2paSettings
from bot.settings.sections import DecencySettings
from bot.turns.provenance import SOURCE, is_marked, png_of
from tests.bot_parts import ANN, PLACE, opened, working
from tests.fakes import until

_USES = (
    "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign "
    "encipher_only decipher_only"
).split()


@dataclass
class Authority:
    """Whoever gives certificates, and what they look like."""

    days: tuple[int, int] = (-1, 30)
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.EMAIL_PROTECTION

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    def write(self, folder: Path) -> C2paSettings:
        """A certificate of the bot's, this authority's own behind it, and the bot's key, in files."""
        own = ec.generate_private_key(ec.SECP256R1())
        leaf = self._certificate("Bot", own.public_key(), ["digital_signature"], authority=False)
        leaf = leaf.add_extension(x509.ExtendedKeyUsage([self.purpose]), critical=False)
        above = self._certificate("Authority", self.key.public_key(), ["key_cert_sign", "crl_sign"], authority=True)
        signed = [each.sign(self.key, hashes.SHA256()) for each in (leaf, above)]
        chain, key = folder / "chain.pem", folder / "key.pem"
        chain.write_bytes(b"".join(each.public_bytes(serialization.Encoding.PEM) for each in signed))
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        key.write_bytes(own.private_bytes(serialization.Encoding.PEM, *form))
        return C2paSettings(chain=str(chain), key=str(key))

    def _certificate(
        self, name: str, key: ec.EllipticCurvePublicKey, uses: list[str], *, authority: bool
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        first, last = (now + timedelta(days=days) for days in self.days)
        above = self.key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name("Authority"))
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(first)
            .not_valid_after(last)
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(x509.KeyUsage(**{use: use in uses for use in _USES}), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
        )


def _name(common: str) -> x509.Name:
    parts = (NameOID.COUNTRY_NAME, "FR"), (NameOID.ORGANIZATION_NAME, "Tests"), (NameOID.COMMON_NAME, common)
    return x509.Name([x509.NameAttribute(*part) for part in parts])


async def test_a_picture_that_leaves_is_signed_as_made_by_a_model(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, c2pa=Authority().write(tmp_path))
    async with opened(tmp_path, settings=settings) as bot, working(bot):
        await bot.say("a secret house")
        await until(lambda: len(bot.chat.finished()) == 1)
        [posted] = bot.chat.finished()
    content = posted.attachments[0].content
    with Reader("image/png", io.BytesIO(content)) as reader:
        told = json.loads(reader.json())
        assert reader.get_validation_state() == "Valid"
    manifest = told["manifests"][told["active_manifest"]]
    [actions] = [each["data"]["actions"] for each in manifest["assertions"] if "actions" in each["label"]]
    assert [(each["action"], each["digitalSourceType"]) for each in actions] == [("c2pa.created", SOURCE)]
    assert manifest["signature_info"]["common_name"] == "Bot"
    assert "secret" not in json.dumps(told)
    with Image.open(io.BytesIO(content)) as image:
        assert SOURCE in image.info["XML:com.adobe.xmp"]
    changed = content[:-40] + bytes([content[-40] ^ 1]) + content[-39:]
    with Reader("image/png", io.BytesIO(changed)) as reader:
        assert reader.get_validation_state() == "Invalid"


@pytest.mark.slow
async def test_what_is_made_of_its_pictures_is_marked_and_signed_as_they_are(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, c2pa=Authority().write(tmp_path))
    async with opened(tmp_path, settings=settings) as bot, working(bot):
        await bot.say("/imagine --count 12 --size 64x64 a house")
        await until(lambda: len(bot.chat.finished()) == 1)
        await bot.say("a boat")
        await until(lambda: len(bot.chat.finished()) == 2)
        tree = await bot.say("/history")
        assert isinstance(tree, Choices)
        film = Pressed(PLACE, ANN, Action.RESUME, tree.turn, "film")
        answers = [tree, await bot.say("/compare"), await bot.handle(film)]
        files = [bot.chat.finished()[0].attachments[0]]
        for answer in answers:
            assert isinstance(answer, Choices | Notice)
            files += answer.attachments
    noise = png_of(Image.effect_noise((256, 256), 90).convert("RGB"), marked=True)
    sign = signer_of(settings)
    assert sign is not None
    smaller = [fitted(Attachment("noise.png", noise), 60_000, sign), photo(Attachment("noise.png", long(noise)), sign)]
    for file in [*files, *smaller]:
        assert file is not None
        with (
            Image.open(io.BytesIO(file.content)) as image,
            Reader(file_kind(image), io.BytesIO(file.content)) as reader,
        ):
            assert is_marked(image), file.name
            assert reader.get_validation_state() == "Valid", file.name
    assert [file.name.rpartition(".")[2] for file in files] == ["png", "png", "png", "webp"]
    assert [file.name for file in smaller if file is not None] == ["noise.jpg", "noise.jpg"]
    assert all(len(file.content) <= 60_000 for file in smaller[:1] if file is not None)
    plain = png_of(Image.new("RGB", (8, 8)), marked=False)
    assert sign(plain) == plain


def long(content: bytes) -> bytes:
    """A picture of that content, too narrow for a platform."""
    with Image.open(io.BytesIO(content)) as image:
        return png_of(image.resize((4_000, 64)), marked=True)


def file_kind(image: Image.Image) -> str:
    return Image.MIME[image.format or ""]


def _swapped(c2pa: C2paSettings) -> C2paSettings:
    return C2paSettings(chain=c2pa.key, key=c2pa.chain)


def _away(c2pa: C2paSettings) -> C2paSettings:
    Path(c2pa.chain).unlink()
    return c2pa


def _of_another(c2pa: C2paSettings) -> C2paSettings:
    kept = Path(c2pa.chain).read_bytes()
    other = Authority().write(Path(c2pa.chain).parent)
    Path(c2pa.chain).write_bytes(kept)
    return other


@pytest.mark.parametrize(
    ("authority", "spoil", "told"),
    [
        (Authority(), _away, r"chain\.pem \(c2pa\.chain\) cannot be read: No such file"),
        (Authority(), _swapped, r"key\.pem \(c2pa\.chain\) holds no certificates"),
        (Authority(), _of_another, r"key\.pem \(c2pa\.key\) is not the key of the first certificate in .*chain\.pem"),
        (Authority(days=(-60, -30)), None, r"chain\.pem \(c2pa\.chain\) holds from .* not today"),
        (Authority(purpose=ExtendedKeyUsageOID.SERVER_AUTH), None, r"chain\.pem \(c2pa\.chain\)"),
    ],
)
def test_a_certificate_that_does_not_sign_is_named_before_there_is_a_picture(
    tmp_path: Path, authority: Authority, spoil: Callable[[C2paSettings], C2paSettings] | None, told: str
) -> None:
    c2pa = authority.write(tmp_path)
    settings = Settings(data_dir=tmp_path, c2pa=spoil(c2pa) if spoil is not None else c2pa)
    with pytest.raises(SigningError, match=told):
        signer_of(settings)
    [finding] = examine_certificate(settings)
    assert finding.verdict is Verdict.WRONG
    assert "c2pa." in finding.found


def test_paths_are_taken_from_the_settings_folder_and_the_doctor_finds_all_well(tmp_path: Path) -> None:
    Authority().write(tmp_path)
    config = tmp_path / "config.toml"
    config.write_text('[c2pa]\nchain = "chain.pem"\nkey = "key.pem"\n', encoding="utf-8")
    settings = load_settings(config, {})
    [finding] = examine_certificate(settings)
    assert finding.verdict is Verdict.FINE
    assert str(tmp_path / "chain.pem") in finding.found


def test_one_key_leaves_signatures_out_too(tmp_path: Path) -> None:
    c2pa = Authority().write(tmp_path)
    assert signer_of(Settings(data_dir=tmp_path, c2pa=c2pa, decency=DecencySettings(mark_pictures=False))) is None
    assert list(examine_certificate(Settings(data_dir=tmp_path))) == []
