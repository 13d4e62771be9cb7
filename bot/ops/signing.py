"""Signs pictures by C2PA, where a certificate is configured: a manifest in them says that a trained model made them.

What is signed is a picture's bytes, so that whoever encodes it anew takes the signature off: what the bot itself makes
of its pictures (sheets, films, what fits a platform) is signed anew. Says nothing about who
asked or for what. Its library is an extra and is imported here alone, where a certificate is set.
"""

from __future__ import annotations

import importlib.util
import io
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from bot.errors import MissingExtraError, SigningError
from bot.settings.config import Settings
from bot.settings.operating import C2paSettings
from bot.turns.provenance import SOURCE, marked_kind

if TYPE_CHECKING:
    from cryptography import x509

logger = logging.getLogger(__name__)

Sign = Callable[[bytes], bytes]
"""A marked picture with a signature in it; all else as it is."""

_CREATED = {"action": "c2pa.created", "digitalSourceType": SOURCE}
_MANIFEST = json.dumps(
    {
        "claim_generator_info": [{"name": "omost-bot"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [_CREATED]}}],
    }
)
_NO_THUMBNAILS = {"builder": {"thumbnail": {"enabled": False}}}
_VALID = ("Valid", "Trusted")
"""Whether people trust the certificate is for their programs to say; ours holds that it fits and is well made."""

_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


def signer_of(settings: Settings) -> Sign | None:
    """What signs a finished picture; None where no certificate is set, or pictures are not to be marked.

    It is tried once, so that a wrong certificate is known before there is a picture.

    Raises:
        MissingExtraError: if its package is not installed.
        SigningError: if certificate or key cannot be used; names the file.
    """
    c2pa = settings.c2pa
    if not (c2pa.chain and settings.decency.mark_pictures):
        return None
    if importlib.util.find_spec("c2pa") is None:
        raise MissingExtraError("c2pa.chain", "c2pa")
    sign = _signer(*_credentials(c2pa))
    _try(sign, c2pa)

    def signed(content: bytes) -> bytes:
        kind = marked_kind(content)
        if kind is None:
            return content
        try:
            return sign(content, kind)
        except Exception:  # whatever the library says; nobody waits in vain for a picture because of it
            logger.exception("a picture could not be signed; it leaves without a signature")
            return content

    return signed


def _signer(algorithm: str, chain: bytes, key: bytes) -> Callable[[bytes, str], bytes]:
    from c2pa import Builder, C2paSignerInfo, Context, Signer
    from c2pa import Settings as Options

    def sign(content: bytes, kind: str) -> bytes:
        signed = io.BytesIO()
        context = Context(Options.from_dict(_NO_THUMBNAILS))
        signer = Signer.from_info(C2paSignerInfo(algorithm, chain, key, None))
        with context, signer, Builder(_MANIFEST, context) as builder:
            builder.sign(signer, kind, io.BytesIO(content), signed)
        return signed.getvalue()

    return sign


def _try(sign: Callable[[bytes, str], bytes], c2pa: C2paSettings) -> None:
    """Sign a small picture and read it back.

    Raises:
        SigningError: if that cannot be.
    """
    from c2pa import C2paError, Reader

    png = io.BytesIO()
    Image.new("RGB", (8, 8)).save(png, "PNG")
    try:
        with Reader("image/png", io.BytesIO(sign(png.getvalue(), "image/png"))) as reader:
            state, told = reader.get_validation_state(), json.loads(reader.json())
    except C2paError as error:
        raise SigningError(f"{c2pa.chain} (c2pa.chain) does not sign: {error}.") from error
    if state not in _VALID:
        why = ", ".join(each["code"] for each in told.get("validation_status", ()))
        raise SigningError(f"{c2pa.chain} (c2pa.chain) is no certificate that C2PA takes: {why}.")


def _credentials(c2pa: C2paSettings) -> tuple[str, bytes, bytes]:
    """The algorithm's name in C2PA, the certificates and the key.

    Raises:
        SigningError: if they cannot be read, do not belong together or do not hold today; names the file.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    chain, key = (_read(file, name) for file, name in ((c2pa.chain, "c2pa.chain"), (c2pa.key, "c2pa.key")))
    try:
        certificates = x509.load_pem_x509_certificates(chain)
    except ValueError as error:
        raise SigningError(f"{c2pa.chain} (c2pa.chain) holds no certificates in PEM: {error}.") from error
    try:
        private: Any = serialization.load_pem_private_key(key, None)
    except (ValueError, TypeError) as error:  # the latter for one with a password
        raise SigningError(f"{c2pa.key} (c2pa.key) holds no private key in PEM without a password: {error}.") from error
    own = certificates[0]
    if own.public_key() != private.public_key():
        raise SigningError(
            f"{c2pa.key} (c2pa.key) is not the key of the first certificate in {c2pa.chain} (c2pa.chain): "
            "the bot's own certificate comes first, then those above it."
        )
    _check_dates(own, c2pa.chain)
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return _algorithm(private, c2pa.key), chain, private.private_bytes(*form)


def _read(file: str, name: str) -> bytes:
    try:
        return Path(file).expanduser().read_bytes()
    except OSError as error:
        raise SigningError(f"{file} ({name}) cannot be read: {error.strerror}.") from error


def _check_dates(certificate: x509.Certificate, file: str) -> None:
    now, first, last = datetime.now(UTC), certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not first <= now <= last:
        raise SigningError(f"{file} (c2pa.chain) holds from {first:%Y-%m-%d} to {last:%Y-%m-%d}, not today; renew it.")


def _algorithm(private: Any, file: str) -> str:  # noqa: ANN401 - one of the library's kinds of keys
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in _CURVES:
        return _CURVES[private.curve.name]
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, rsa.RSAPrivateKey):
        return "ps256"
    raise SigningError(
        f"{file} (c2pa.key) is of a kind that C2PA does not take; P-256, P-384, P-521, Ed25519 or RSA is."
    )
