"""Documents of real formats, made by the programs and libraries that people make them with.

Seeded: the same folder each time but for dates that a program writes itself. Every format belongs to one half
(halves.py); where the corpora folder is there, its real documents join the half of their ending.
"""
import gzip
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import tarfile
import wave
import xml.sax.saxutils as sax
import zipfile

from .halves import half

FORMATS = {}


def made(ending):
    def enter(function):
        FORMATS[ending] = function
        return function
    return enter


WORDS = ("the report of quarter two and costs for staff hospital district budget approved section review patient "
         "record meeting minutes plan of work order invoice total amount due date signed by office of planning "
         "Hà Nội báo cáo kế hoạch năm chi phí nhân viên bệnh viện phòng ban ngân sách đã ký duyệt ngày tháng").split()


def text(r, count):
    out, size = [], 0
    while size < count:
        line = " ".join(r.choice(WORDS) for _ in range(r.randint(6, 16))).capitalize()
        if r.random() < 0.2:
            line += f" {r.randint(1, 99999) / 100:,.2f}"
        out.append(line + ".")
        size += len(line) + 2
    return "\n".join(out)


def rows(r, count):
    return [[str(i), r.choice(WORDS), r.choice(WORDS) + " " + r.choice(WORDS), f"{r.randint(1, 10**6) / 100:.2f}",
             f"2026-{r.randint(1, 12):02}-{r.randint(1, 28):02}"] for i in range(count)]


def size(r, low=2_000, high=200_000):
    return int(min(high, max(low, r.lognormvariate(10.2, 1.1))))


@made("txt")
def _(path, r):
    path.write_text(text(r, size(r)))


@made("md")
def _(path, r):
    path.write_text("\n\n".join(f"## {r.choice(WORDS)}\n\n{text(r, 700)}" for _ in range(r.randint(3, 40))))


@made("csv")
def _(path, r):
    path.write_text("\n".join(",".join(row) for row in rows(r, r.randint(60, 3000))))


@made("json")
def _(path, r):
    path.write_text(json.dumps([dict(zip("abcde", row)) for row in rows(r, r.randint(50, 1500))], indent=1))


@made("xml")
def _(path, r):
    body = "".join(f"<row id='{row[0]}'><name>{sax.escape(row[2])}</name><sum>{row[3]}</sum></row>\n"
                   for row in rows(r, r.randint(50, 1500)))
    path.write_text(f"<?xml version='1.0' encoding='UTF-8'?>\n<rows>\n{body}</rows>\n")


@made("html")
def _(path, r):
    path.write_text("<!DOCTYPE html><html><head><title>Report</title></head><body>" +
                    "".join(f"<p>{line}</p>\n" for line in text(r, size(r)).split("\n")) + "</body></html>\n")


@made("log")
def _(path, r):
    path.write_text("".join(f"2026-11-{r.randint(1, 28):02}T{r.randint(0, 23):02}:00:{i % 60:02}Z host app[{i}]: "
                            f"{' '.join(r.choice(WORDS) for _ in range(7))}\n" for i in range(r.randint(60, 2500))))


@made("eml")
def _(path, r):
    from email.message import EmailMessage
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", text(r, 30).split("\n")[0][:60]
    mail.set_content(text(r, 3000))
    mail.add_attachment(zipped(r), maintype="application", subtype="zip", filename="a.zip")
    path.write_bytes(bytes(mail))


@made("rtf")
def _(path, r):
    body = text(r, size(r)).encode("ascii", "replace").decode().replace("\n", "\\par\n")
    path.write_text("{\\rtf1\\ansi\\deff0 " + body + "}")


@made("svg")
def _(path, r):
    path.write_text("<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg' width='800' height='600'>\n" +
                    "".join(f"<circle cx='{r.randint(0, 800)}' cy='{r.randint(0, 600)}' r='{r.randint(1, 50)}' "
                            f"fill='#{r.randint(0, 0xFFFFFF):06x}'/>\n" for _ in range(r.randint(60, 900))) + "</svg>\n")


@made("py")
def _(path, r):
    path.write_text("import sys\n\n" + "".join(
        f"def {r.choice(WORDS[:30])}_{i}(value):\n    total = value * {r.randint(2, 99)}\n    for step in range({i}):\n"
        f"        total += step\n    return total\n\n\n" for i in range(r.randint(20, 400))))


@made("c")
def _(path, r):
    path.write_text("#include <stdio.h>\n\n" + "".join(
        f"static int {r.choice(WORDS[:30])}_{i}(int value) {{\n  int total = value * {r.randint(2, 99)};\n"
        f"  return total;\n}}\n\n" for i in range(r.randint(20, 500))) + "int main(void) { return 0; }\n")


def zipped(r):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(r.randint(2, 8)):
            archive.writestr(f"part{i}.txt", text(r, size(r, 1_000, 60_000)))
    return out.getvalue()


@made("zip")
def _(path, r):
    path.write_bytes(zipped(r))


@made("gz")
def _(path, r):
    path.write_bytes(gzip.compress(text(r, size(r, 20_000, 400_000)).encode(), mtime=0))


@made("tar")
def _(path, r):
    with tarfile.open(path, "w") as archive:
        for i in range(r.randint(2, 8)):
            member = tarfile.TarInfo(f"part{i}.txt")
            body = text(r, size(r, 1_000, 50_000)).encode()
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))


@made("7z")
def _(path, r):
    pathed = path.parent / ("." + path.name + ".txt")
    pathed.write_text(text(r, size(r, 20_000, 300_000)))
    tool("7z", "a", "-bso0", str(path), str(pathed))
    pathed.unlink()


def tool(*words):
    if shutil.which(words[0]) is None:
        raise LookupError(words[0] + " is not installed")
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


@made("sqlite")
def _(path, r):
    with sqlite3.connect(path) as base:
        base.execute("create table row(id integer primary key, a text, b text, c real, d text)")
        base.execute("create index by_a on row(a)")
        base.executemany("insert into row values(?,?,?,?,?)", rows(r, r.randint(100, 3000)))
    base.close()


@made("docx")
def _(path, r):
    import docx
    out = docx.Document()
    out.add_heading(r.choice(WORDS).title(), 0)
    for line in text(r, size(r, 5_000, 150_000)).split("\n"):
        out.add_paragraph(line)
    if r.random() < 0.4:
        out.add_picture(io.BytesIO(picture(r, "JPEG")))
    out.save(path)


@made("xlsx")
def _(path, r):
    import openpyxl
    book = openpyxl.Workbook()
    for row in rows(r, r.randint(100, 1500)):
        book.active.append(row)
    book.save(path)


@made("pptx")
def _(path, r):
    # python-pptx is not packaged; the parts of a small presentation, written as PowerPoint names them.
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<?xml version='1.0' encoding='UTF-8'?><Types xmlns='http://schemas."
                         "openxmlformats.org/package/2006/content-types'><Default Extension='xml' ContentType="
                         "'application/xml'/><Default Extension='rels' ContentType='application/vnd.openxmlformats-"
                         "package.relationships+xml'/></Types>")
        archive.writestr("_rels/.rels", "<?xml version='1.0'?><Relationships/>")
        archive.writestr("ppt/presentation.xml", "<?xml version='1.0'?><p:presentation/>")
        for i in range(r.randint(3, 20)):
            archive.writestr(f"ppt/slides/slide{i + 1}.xml", f"<p:sld>{sax.escape(text(r, 4000))}</p:sld>")
            if r.random() < 0.5:
                archive.writestr(f"ppt/media/image{i + 1}.png", picture(r, "PNG"))


@made("odt")
def _(path, r):
    from odf.opendocument import OpenDocumentText
    from odf.text import P
    out = OpenDocumentText()
    for line in text(r, size(r, 5_000, 100_000)).split("\n"):
        out.text.addElement(P(text=line))
    out.save(str(path))


@made("ods")
def _(path, r):
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P
    out = OpenDocumentSpreadsheet()
    table = Table(name="one")
    for row in rows(r, r.randint(40, 300)):
        line = TableRow()
        for value in row:
            cell = TableCell()
            cell.addElement(P(text=value))
            line.addElement(cell)
        table.addElement(line)
    out.spreadsheet.addElement(table)
    out.save(str(path))


@made("pdf")
def _(path, r):
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen import canvas
    page = canvas.Canvas(str(path), pagesize=A4, pageCompression=1)
    for _ in range(r.randint(1, 25)):
        for i, line in enumerate(text(r, 2500).split("\n")[:45]):
            page.drawString(60, 780 - 16 * i, line.encode("latin-1", "replace").decode("latin-1"))
        page.showPage()
    page.save()


def picture(r, kind):
    from PIL import Image, ImageDraw, ImageFilter
    width, height = r.randint(240, 900), r.randint(200, 700)
    image = Image.effect_noise((width, height), r.randint(10, 60)).convert("RGB")
    draw = ImageDraw.Draw(image)
    for _ in range(r.randint(5, 60)):
        x, y = r.randint(0, width), r.randint(0, height)
        draw.ellipse([x, y, x + r.randint(5, 200), y + r.randint(5, 200)],
                     fill=(r.randint(0, 255), r.randint(0, 255), r.randint(0, 255)))
    image = image.filter(ImageFilter.GaussianBlur(1))
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


for ending, kind in (("jpg", "JPEG"), ("png", "PNG"), ("gif", "GIF"), ("bmp", "BMP"), ("tiff", "TIFF"),
                     ("webp", "WEBP")):
    FORMATS[ending] = lambda path, r, kind=kind: path.write_bytes(picture(r, kind))


@made("wav")
def _(path, r):
    import array
    import math
    pitch = r.randint(200, 900)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1), out.setsampwidth(2), out.setframerate(16000)
        out.writeframes(array.array("h", (int(9000 * math.sin(i * pitch / 16000 * 6.28) + r.gauss(0, 300))
                                          for i in range(r.randint(8000, 60000)))).tobytes())


def sound_or_film(path, r, *words):
    tool("ffmpeg", "-loglevel", "error", "-y", "-threads", "1", *words, "-t", str(r.randint(2, 6)), str(path))


@made("mp3")
def _(path, r):
    sound_or_film(path, r, "-f", "lavfi", "-i", f"sine=frequency={r.randint(200, 900)}:sample_rate=44100")


@made("mp4")
def _(path, r):
    sound_or_film(path, r, "-f", "lavfi", "-i", f"testsrc=size=320x240:rate=12,noise=alls={r.randint(5, 30)}:allf=t",
                  "-preset", "ultrafast")


def build(folder, per_format, shared=None):
    """Makes folder/{tuning,checking}; returns what had to be left out, for the report."""
    left_out = []
    made_here = {"tuning": [], "checking": []}
    for ending, make in sorted(FORMATS.items()):
        home = pathlib.Path(folder, half(ending))
        for i in range(per_format):
            r = random.Random(f"{ending} {i}")
            # Departments and people, so that a folder holds files of many formats, as it does in life.
            place = home / r.choice(["finance", "wards", "staff", "planning"]) / r.choice(["an", "binh", "chi"])
            place.mkdir(parents=True, exist_ok=True)
            path = place / f"{r.choice(WORDS[:30])}-{r.randint(100, 999)}-{i}.{ending}"
            try:
                make(path, r)
                made_here[half(ending)].append(path)
            except (LookupError, ImportError) as why:
                left_out.append(f"{ending}: {why}")
                break
    archive = pathlib.Path(shared or "/nonexistent", "corpora/files/documents.tar.zst")
    if archive.is_file() and shutil.which("zstd"):
        unpacked = pathlib.Path(folder, "unpacked")
        unpacked.mkdir(parents=True)
        subprocess.run(f"zstd -dc --long=27 '{archive}' | tar x -C '{unpacked}'", shell=True, check=True)
        seen = set()
        for path in sorted(unpacked.rglob("*")):
            ending = path.suffix[1:].lower()
            if not path.is_file() or path.is_symlink() or not ending or not 200 < path.stat().st_size < 1_500_000:
                continue
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            if digest in seen:
                continue
            seen.add(digest)
            place = pathlib.Path(folder, half(ending), "archive", digest[0])
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place / f"{digest[:8]}-{path.name}")
        shutil.rmtree(unpacked)
    else:
        left_out.append("the real documents (corpora/files/documents.tar.zst is not there)")
    return left_out


def only(source, ending, target):
    """The files of one format, alone in `target`; how many there are."""
    count = 0
    for path in sorted(pathlib.Path(source).rglob("*." + ending)):
        place = pathlib.Path(target, path.parent.name)
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place / path.name)
        count += 1
    return count


def hashes(folder):
    """path below folder -> SHA-256 of every regular file but the simulator's marker."""
    out = {}
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if name.startswith(".vedette-simulator") or os.path.islink(path):
                continue
            with open(path, "rb") as opened:
                out[os.path.relpath(path, folder)] = hashlib.file_digest(opened, "sha256").hexdigest()
    return out
