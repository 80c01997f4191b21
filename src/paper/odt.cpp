// ODT: an OpenDocument 1.2 package (ISO/IEC 26300-3): `mimetype` first and not compressed, then XML by
// pugixml.
#include <fmt/format.h>

#include <memory>
#include <pugixml.hpp>
#include <sstream>

#include "paper/printable.h"
#include "paper/zip_library.h"

namespace vedette::paper {
namespace {

constexpr std::string_view kMimeType = "application/vnd.oasis.opendocument.text";
constexpr std::string_view kManifest =
    R"(<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">
<manifest:file-entry manifest:full-path="/" manifest:version="1.2" manifest:media-type="application/vnd.oasis.opendocument.text"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
)";
// %s: language, country.
constexpr std::string_view kStyles =
    R"(<?xml version="1.0" encoding="UTF-8"?>
<office:document-styles xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" office:version="1.2">
<office:font-face-decls><style:font-face style:name="F" svg:font-family="'Noto Sans', 'DejaVu Sans', Arial" style:font-family-generic="swiss"/></office:font-face-decls>
<office:styles>
<style:default-style style:family="paragraph"><style:text-properties style:font-name="F" fo:font-size="10pt" fo:language="{0}" fo:country="{1}"/></style:default-style>
<style:style style:name="Title" style:family="paragraph"><style:paragraph-properties fo:margin-bottom="0.2cm"/><style:text-properties fo:font-size="16pt" fo:font-weight="bold"/></style:style>
<style:style style:name="Section" style:family="paragraph" style:default-outline-level="1"><style:paragraph-properties fo:margin-top="0.5cm" fo:margin-bottom="0.15cm" fo:keep-with-next="always" fo:border-bottom="0.5pt solid #000000"/><style:text-properties fo:font-size="12pt" fo:font-weight="bold"/></style:style>
<style:style style:name="Label" style:family="paragraph"><style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="Value" style:family="paragraph"/>
<style:style style:name="Note" style:family="paragraph"><style:text-properties fo:font-size="8pt" fo:color="#555555"/></style:style>
</office:styles>
<office:automatic-styles><style:page-layout style:name="A4"><style:page-layout-properties fo:page-width="21cm" fo:page-height="29.7cm" fo:margin-top="2cm" fo:margin-bottom="1.6cm" fo:margin-left="2.2cm" fo:margin-right="1.8cm"/><style:footer-style/></style:page-layout></office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="A4"><style:footer><text:p text:style-name="Note">{2}   <text:page-number/></text:p></style:footer></style:master-page></office:master-styles>
</office:document-styles>
)";

void add_text(pugi::xml_node parent, const char* element, const char* style, const std::string& line) {
  auto p = parent.append_child(element);
  p.append_attribute("text:style-name") = style;
  if (std::string_view(element) == "text:h") p.append_attribute("text:outline-level") = "1";
  // A run of spaces is one space in ODF: the second and later ones are elements.
  std::string run;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == ' ' && (i == 0 || line[i - 1] == ' ')) {
      if (!run.empty()) p.append_child(pugi::node_pcdata).set_value(run.c_str());
      run.clear();
      p.append_child("text:s");
    } else {
      run += line[i];
    }
  }
  if (!run.empty()) p.append_child(pugi::node_pcdata).set_value(run.c_str());
}

void add_lines(pugi::xml_node parent, const char* style, std::string_view text) {
  std::istringstream lines(printable(text));
  for (std::string line; std::getline(lines, line);) add_text(parent, "text:p", style, line);
}

void add_table(pugi::xml_node body, const Section& section, std::size_t number) {
  auto table = body.append_child("table:table");
  table.append_attribute("table:name") = fmt::format("T{}", number).c_str();
  table.append_attribute("table:style-name") = "T";
  for (const char* column : {"C1", "C2"})
    table.append_child("table:table-column").append_attribute("table:style-name") = column;
  for (const auto& row : section.rows) {
    auto line = table.append_child("table:table-row");
    const auto cell = [&] {
      auto made = line.append_child("table:table-cell");
      made.append_attribute("table:style-name") = "Cell";
      made.append_attribute("office:value-type") = "string";
      return made;
    };
    add_lines(cell(), "Label", row.label);
    auto value = cell();
    add_lines(value, "Value", row.value);
    add_lines(value, "Note", row.note);
    if (!value.first_child()) add_text(value, "text:p", "Value", "");
  }
}

std::string content_of(const Document& document) {
  pugi::xml_document xml;
  auto declaration = xml.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  auto root = xml.append_child("office:document-content");
  for (auto [name, value] :
       {std::pair("office", "office:1.0"), std::pair("style", "style:1.0"), std::pair("text", "text:1.0"),
        std::pair("table", "table:1.0"), std::pair("fo", "xsl-fo-compatible:1.0")})
    root.append_attribute(fmt::format("xmlns:{}", name).c_str()) =
        fmt::format("urn:oasis:names:tc:opendocument:xmlns:{}", value).c_str();
  root.append_attribute("office:version") = "1.2";
  auto styles = root.append_child("office:automatic-styles");
  const auto style = [&](const char* name, const char* family, const char* properties,
                         std::initializer_list<std::pair<const char*, const char*>> what) {
    auto made = styles.append_child("style:style");
    made.append_attribute("style:name") = name;
    made.append_attribute("style:family") = family;
    auto inner = made.append_child(properties);
    for (auto [key, value] : what) inner.append_attribute(key) = value;
  };
  style("T", "table", "style:table-properties", {{"style:width", "17cm"}, {"table:align", "left"}});
  style("C1", "table-column", "style:table-column-properties", {{"style:column-width", "5.2cm"}});
  style("C2", "table-column", "style:table-column-properties", {{"style:column-width", "11.8cm"}});
  style("Cell", "table-cell", "style:table-cell-properties",
        {{"fo:padding", "0.08cm"}, {"fo:border-bottom", "0.25pt solid #bbbbbb"}});
  auto body = root.append_child("office:body").append_child("office:text");
  add_lines(body, "Title", document.title);
  for (const auto& line : document.lines) add_lines(body, "Note", line);
  std::size_t number = 0;
  for (const auto& section : document.sections) {
    add_text(body, "text:h", "Section", printable(section.name));
    add_table(body, section, ++number);
  }
  add_text(body, "text:p", "Value", "");
  std::ostringstream out;
  xml.save(out, "", pugi::format_raw, pugi::encoding_utf8);
  return std::move(out).str();
}

std::string styles_of(const Document& document) {
  pugi::xml_document foot;
  foot.append_child(pugi::node_pcdata).set_value(printable(document.foot).c_str());
  std::ostringstream escaped;
  foot.save(escaped, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return fmt::format(fmt::runtime(kStyles), document.language, document.language == "vi" ? "VN" : "GB",
                     escaped.str());
}

struct ZipEnd {
  const ZipLibrary* library = nullptr;
  void operator()(zip_t* one) const { library->discard(one); }
};
struct SourceEnd {
  const ZipLibrary* library = nullptr;
  void operator()(zip_source_t* one) const { library->source_free(one); }
};

}  // namespace

Result<std::string> odt_of(const Document& document) {
  TRY(check_size(document));
  TRY_ASSIGN(const auto* library, ZipLibrary::get());
  const auto& lib = *library;
  const auto content = content_of(document), styles = styles_of(document);
  const auto broken = [](std::string_view what) {
    return fail(ErrorCode::kUnavailable, fmt::format("the ODT could not be written: {}", what));
  };
  zip_error_t error;
  lib.error_init(&error);
  zip_source_t* target = lib.buffer_create(nullptr, 0, 0, &error);
  if (!target) return broken(lib.error_text(&error));
  lib.source_keep(target);
  std::unique_ptr<zip_source_t, SourceEnd> kept(target, {library});
  std::unique_ptr<zip_t, ZipEnd> archive(lib.open_from_source(target, ZIP_TRUNCATE, &error), {library});
  if (!archive) {
    lib.source_free(target);
    return broken(lib.error_text(&error));
  }
  for (auto [name, bytes] :
       {std::pair("mimetype", kMimeType), std::pair("content.xml", std::string_view(content)),
        std::pair("styles.xml", std::string_view(styles)), std::pair("META-INF/manifest.xml", kManifest)}) {
    auto* source = lib.source_buffer(archive.get(), bytes.data(), bytes.size(), 0);
    const auto index = source ? lib.file_add(archive.get(), name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0) {
      if (source) lib.source_free(source);
      return broken(lib.text_of_error(archive.get()));
    }
    const bool stored = std::string_view(name) == "mimetype";
    if (lib.set_compression(archive.get(), static_cast<zip_uint64_t>(index),
                            stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 0) != 0)
      return broken(lib.text_of_error(archive.get()));
  }
  auto* open = archive.release();
  if (lib.close(open) != 0) {
    auto failed = broken(lib.text_of_error(open));
    lib.discard(open);
    return failed;
  }
  zip_stat_t about;
  if (lib.source_open(target) != 0 || lib.source_stat(target, &about) != 0)
    return broken("its bytes cannot be read");
  std::string out(about.size, '\0');
  const auto got = lib.source_read(target, out.data(), out.size());
  lib.source_close(target);
  if (got != static_cast<zip_int64_t>(out.size())) return broken("its bytes cannot be read");
  return out;
}

}  // namespace vedette::paper
