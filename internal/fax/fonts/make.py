"""Makes the fonts of package fax from their originals: python3 make.py FOLDER_OF_ORIGINALS. README.md says which."""
import sys
from fontTools import subset
from fontTools.ttLib import TTFont


def span(*pairs):
    return {r for first, last in pairs for r in range(first, last + 1)}


def charset(codec):
    """The characters of a two-byte character set."""
    found = set()
    for high in range(0x81, 0xFF):
        for low in range(0x40, 0xFF):
            try:
                found.update(map(ord, bytes([high, low]).decode(codec)))
            except UnicodeDecodeError:
                pass
    return found


HAN = span((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
LETTERS = span((0xA0, 0x24F), (0x370, 0x52F))  # Noto Sans has them
WIDE = span((0x3000, 0x303F), (0x3200, 0x33FF), (0xFF00, 0xFFEF))
SYMBOLS = span((0x2100, 0x27BF))

FONTS = {
    "latin": ("NotoSans-Regular.ttf", span((0x20, 0x7E), (0xA0, 0x36F), (0x370, 0x52F), (0x1E00, 0x1FFF),
                                           (0x2000, 0x214F), (0x2150, 0x218F), (0x2212, 0x2212))),
    "hangul": ("NanumGothic.ttf", WIDE | SYMBOLS | span((0x3131, 0x318E), (0xAC00, 0xD7A3))),
    "han": ("DroidSansFallbackFull.ttf", WIDE | span((0x3105, 0x312F), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))),
    # Code page 932 is JIS X 0208 and what else Japanese names need, such as U+9AD9 and U+FA11.
    "japanese": ("BIZUDGothic-Regular.ttf", charset("cp932") - LETTERS | WIDE | span((0x3040, 0x30FF), (0x31F0, 0x31FF))),
}


def make(folder, name, original, runes):
    options = subset.Options(hinting=False, layout_features=[], notdef_outline=True, legacy_kern=False, name_IDs=[0, 7, 13, 14],
                             name_languages=[0x409])
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "JSTF", "vhea", "vmtx", "VORG", "FFTM", "MATH", "meta", "STAT", "gasp",
                            "kern", "DSIG", "PCLT", "LTSH", "VDMX", "hdmx"]
    options.drop_tables += ["TSI0", "TSI1", "TSI2", "TSI3", "TSI5"]
    font = TTFont(f"{folder}/{original}", recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=runes)
    subsetter.subset(font)
    family = "Fax " + name.capitalize()  # the Open Font Licence reserves some of the originals' names for the originals
    for key, value in {1: family, 2: "Regular", 3: family, 4: family, 6: family.replace(" ", "")}.items():
        font["name"].setName(value, key, 3, 1, 0x409)
    font.save(f"{name}.ttf")


for name, (original, runes) in FONTS.items():
    make(sys.argv[1], name, original, runes)
