// What stands in a canary: figures and names by chance, in files that programs open without complaint.
#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <random>

#include "files/guard/canaries.h"

namespace vedette::files {
namespace {

using Chance = std::mt19937_64;

constexpr std::array<std::string_view, 24> kWords = {
    "budget",   "estimate", "contract", "district", "school",   "repair",  "supply",  "quarter",
    "transfer", "approval", "payment",  "bridge",   "clinic",   "survey",  "annex",   "deadline",
    "register", "office",   "meeting",  "minutes",  "schedule", "vehicle", "storage", "training"};
constexpr std::array<std::string_view, 12> kNames = {"Nguyen", "Tran", "Le",    "Pham",  "Hoang", "Vu",
                                                     "Dang",   "Bui",  "Smith", "Meyer", "Rossi", "Novak"};

std::string_view any(Chance& chance, const auto& of) { return of[chance() % of.size()]; }

std::string sentence(Chance& chance) {
  std::string out =
      fmt::format("{} of the {} {}", 2 + chance() % 90, any(chance, kWords), any(chance, kWords));
  for (auto i = 3 + chance() % 6; i > 0; --i) out += fmt::format(" {}", any(chance, kWords));
  return out + fmt::format(" {}.{:02}", 100 + chance() % 9'000, chance() % 100);
}

std::vector<std::string> paragraphs(Chance& chance) {
  std::vector<std::string> out{fmt::format("To {}: {}", any(chance, kNames), sentence(chance))};
  for (auto i = 40 + chance() % 60; i > 0; --i)
    out.push_back(sentence(chance) + ". " + sentence(chance) + ".");
  return out;
}

std::string table(Chance& chance) {
  std::string out = "no,name,subject,amount,date\n";
  for (std::size_t i = 1, rows = 120 + chance() % 300; i <= rows; ++i)
    out += fmt::format("{},{},{} {},{}.{:02},2025-{:02}-{:02}\n", i, any(chance, kNames), any(chance, kWords),
                       any(chance, kWords), 10 + chance() % 90'000, chance() % 100, 1 + chance() % 12,
                       1 + chance() % 28);
  return out;
}

std::string letter(Chance& chance) {
  std::string out = "{\\rtf1\\ansi\\deff0{\\fonttbl{\\f0 Times New Roman;}}\n";
  for (const auto& line : paragraphs(chance)) out += line + "\\par\n";
  return out + "}\n";
}

std::string pdf(Chance& chance) {
  std::string text = "BT /F1 9 Tf 50 800 Td 12 TL\n";
  for (const auto& line : paragraphs(chance)) text += "(" + line.substr(0, 110) + ") '\n";
  text += "ET";
  std::string out = "%PDF-1.4\n";
  std::vector<std::size_t> at;
  for (const auto& body : {std::string("<< /Type /Catalog /Pages 2 0 R >>"),
                           std::string("<< /Type /Pages /Kids [3 0 R] /Count 1 >>"),
                           std::string("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
                                       "/Resources << /Font << /F1 5 0 R >> >> >>"),
                           fmt::format("<< /Length {} >>\nstream\n{}\nendstream", text.size(), text),
                           std::string("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")}) {
    at.push_back(out.size());
    out += fmt::format("{} 0 obj\n{}\nendobj\n", at.size(), body);
  }
  const auto table_at = out.size();
  out += fmt::format("xref\n0 {}\n0000000000 65535 f \n", at.size() + 1);
  for (auto offset : at) out += fmt::format("{:010} 00000 n \n", offset);
  return out +
         fmt::format("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{}\n%%EOF\n", at.size() + 1, table_at);
}

void number(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

// A zip whose entries are not compressed (PKWARE APPNOTE 4.3).
std::string zip(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string out, directory;
  for (const auto& [name, content] : entries) {
    std::string fields;
    number(fields, 20, 2);
    number(fields, 0, 4);            // flags, method
    number(fields, 0x5A21'6000, 4);  // 2025-01-01 12:00
    number(fields,
           ::crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size())), 4);
    number(fields, content.size(), 4);
    number(fields, content.size(), 4);
    number(fields, name.size(), 2);
    number(fields, 0, 2);
    directory += "PK\x01\x02";
    number(directory, 20, 2);
    directory += fields;
    number(directory, 0, 2);  // comment
    number(directory, 0, 4);  // disk, internal attributes
    number(directory, 0, 4);
    number(directory, out.size(), 4);
    directory += name;
    out += "PK\x03\x04";
    out += fields + name + content;
  }
  const auto at = out.size();
  out += directory + "PK\x05\x06";
  number(out, 0, 4);
  number(out, entries.size(), 2);
  number(out, entries.size(), 2);
  number(out, directory.size(), 4);
  number(out, at, 4);
  number(out, 0, 2);
  return out;
}

std::string docx(Chance& chance) {
  constexpr std::string_view kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
  std::string body;
  for (const auto& line : paragraphs(chance)) body += "<w:p><w:r><w:t>" + line + "</w:t></w:r></w:p>";
  return zip(
      {{"[Content_Types].xml",
        fmt::format("{}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
                    "<Default Extension=\"rels\" "
                    "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
                    "<Override PartName=\"/word/document.xml\" ContentType=\"application/"
                    "vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>",
                    kHead)},
       {"_rels/.rels",
        fmt::format("{}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
                    "<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/"
                    "relationships/officeDocument\" Target=\"word/document.xml\"/></Relationships>",
                    kHead)},
       {"word/document.xml",
        fmt::format("{}<w:document "
                    "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{}"
                    "</w:body></w:document>",
                    kHead, body)}});
}

}  // namespace

std::string_view ending_of(CanaryKind kind) {
  switch (kind) {
    case CanaryKind::kLetter:
      return ".rtf";
    case CanaryKind::kTable:
      return ".csv";
    case CanaryKind::kPdf:
      return ".pdf";
    case CanaryKind::kDocx:
      return ".docx";
  }
  return "";
}

std::string canary_content(CanaryKind kind, std::uint64_t seed) {
  Chance chance(seed);
  switch (kind) {
    case CanaryKind::kLetter:
      return letter(chance);
    case CanaryKind::kTable:
      return table(chance);
    case CanaryKind::kPdf:
      return pdf(chance);
    case CanaryKind::kDocx:
      return docx(chance);
  }
  return {};
}

}  // namespace vedette::files
